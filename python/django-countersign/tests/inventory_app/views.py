# ruff: noqa: ARG002 - views take a request and do nothing with it
"""Views in every shape. None may be called: each would fail."""

import functools
import hmac

from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect, ensure_csrf_cookie, requires_csrf_token
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.generic import FormView, TemplateView

HEADER = "HTTP_X_SSL_CLIENT_S_DN"


class ViewWasCalledError(Exception):
    """The view ran: nothing in front of it refused the request."""


def called(*_args):
    raise ViewWasCalledError


def plain(request):
    called()


@require_GET
def read(request):
    called()


@require_http_methods(["GET", "POST"])
def form(request):
    called()


async def aplain(request):
    called()


@csrf_exempt
@require_POST
async def ahook(request):
    called()


@csrf_exempt
@never_cache
@require_POST
def exempt(request):
    called()


@csrf_exempt
def by_header(request):
    called(request.META.get(HEADER))


@csrf_exempt
def by_user(request):
    called(hasattr(request, "user") and request.user)


@csrf_exempt
def webhook(request):
    """Not the words "client certificate" of this text count, but the code."""
    called(hmac.compare_digest(request.META.get("HTTP_X_HUB_SIGNATURE_256", ""), ""))


@csrf_exempt
def documented(request):
    """Signature"""
    called()


@csrf_exempt
@require_GET
def exempt_read(request):
    called()


@csrf_exempt
@csrf_protect
def protected_again(request):
    called()


@csrf_protect
@csrf_exempt
def protected_in_vain(request):
    called()


@csrf_exempt
@ensure_csrf_cookie
def only_a_cookie(request):
    called()


@csrf_exempt
@requires_csrf_token
def only_a_token(request):
    called()


@csrf_exempt
@csrf_protect
async def aprotected_again(request):
    called()


def loses_the_mark(view):
    """A decorator without functools.wraps, as people write them."""

    def inner(request):
        return view(request)

    return inner


lost = loses_the_mark(exempt)
partly = functools.partial(plain)
# functools.partial does not pass attributes on, so Django does not see the exemption.
partly_exempt = functools.partial(exempt)


class Page(TemplateView):
    template_name = "page.html"


class Form(FormView):
    template_name = "form.html"


class Tight(View):
    http_method_names = ["get", "post"]

    def get(self, request):
        called()

    def post(self, request):
        called()

    def delete(self, request):
        called()


@method_decorator(csrf_exempt, name="dispatch")
class ExemptOnDispatch(View):
    def post(self, request):
        called()


class ExemptOnOwnDispatch(View):
    @method_decorator(csrf_exempt)
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)

    def post(self, request):
        called()


class InheritsExemption(ExemptOnDispatch):
    def put(self, request):
        called()


@method_decorator(csrf_exempt, name="post")
class ExemptOnHandler(View):
    def post(self, request):
        called()


@method_decorator(csrf_protect, name="post")
@method_decorator(csrf_exempt, name="dispatch")
class ProtectedHandler(View):
    def post(self, request):
        called()


@method_decorator(csrf_protect, name="post")
@method_decorator(csrf_exempt, name="dispatch")
class HalfProtected(View):
    def post(self, request):
        called()

    def put(self, request):
        called()


@method_decorator([csrf_exempt, csrf_protect], name="dispatch")
class ProtectedDispatch(View):
    def post(self, request):
        called()


@method_decorator([csrf_protect, csrf_exempt], name="dispatch")
class ProtectedDispatchInVain(View):
    def post(self, request):
        called()


@method_decorator(require_POST, name="dispatch")
class PostOnly(View):
    def get(self, request):
        called()

    def post(self, request):
        called()


class DispatchesAlone(View):
    def dispatch(self, request, *args, **kwargs):
        called()


@method_decorator(csrf_exempt, name="dispatch")
class AnswersInDispatch(View):
    """Takes a POST although it has no post()."""

    def dispatch(self, request, *args, **kwargs):
        if request.method == "POST":
            called()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        called()


@method_decorator(csrf_exempt, name="dispatch")
class AnswersWhatIsNotAllowed(View):
    def get(self, request):
        called()

    def http_method_not_allowed(self, request, *args, **kwargs):
        called()


@method_decorator(csrf_exempt, name="dispatch")
class ReadsOnly(View):
    def get(self, request):
        called()


class AsyncPage(View):
    async def get(self, request):
        called()

    async def post(self, request):
        called()


class CallableView:
    """As syndication feeds are."""

    def __call__(self, request):
        called()


class ExemptCallableView(CallableView):
    csrf_exempt = True

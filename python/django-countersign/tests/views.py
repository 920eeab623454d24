"""Views that tell what they were given."""

# ruff: noqa: ARG002 - views take a request and do nothing with it

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.response import Response
from rest_framework.views import APIView

from django_countersign.decorators import client_certificate_required, intent_required, machine_only
from django_countersign.request import assertion_of, identity_of
from django_countersign.rest_framework import ClientCertificateAuthentication
from django_countersign.views import ClientCertificateRequiredMixin


def told(request: HttpRequest) -> dict[str, object]:
    identity, assertion = identity_of(request), assertion_of(request)
    return {
        "subject": identity and identity.subject,
        "email": identity and identity.email,
        "basis": assertion and assertion.basis,
        "header_left": "HTTP_COUNTERSIGN_ASSERTION" in request.META,
    }


def health(request):
    return HttpResponse("fine")


@csrf_exempt
def who(request, rest=""):
    return JsonResponse(told(request))


async def awho(request):
    return JsonResponse(told(request))


def form(request):
    return JsonResponse(told(request))


def remember(request):
    before = request.session.get("note")
    if "note" in request.GET:
        request.session["note"] = request.GET["note"]
    return JsonResponse({"note": before})


async def aremember(request):
    session = request.session
    # Session methods are asynchronous from Django 5.1 on; signed cookies do not block.
    before = session.get("note")
    if "note" in request.GET:
        session["note"] = request.GET["note"]
    return JsonResponse({"note": before})


@csrf_exempt
def user(request):
    return JsonResponse({"user": request.user.get_username(), "session": request.session.session_key})


async def auser(request):
    found = await request.auser()
    return JsonResponse({"user": found.get_username(), "session": None})


@client_certificate_required(email="*@example.com")
def example_only(request):
    return HttpResponse("in")


@client_certificate_required(email="*@example.com")
async def aexample_only(request):
    return HttpResponse("in")


@client_certificate_required
def any_certificate(request):
    return HttpResponse("in")


@csrf_exempt
@machine_only
def machine(request):
    return HttpResponse("in")


@csrf_exempt
@intent_required
def intent(request):
    return HttpResponse("in")


class ExampleOnly(ClientCertificateRequiredMixin, View):
    client_certificate = {"email": ["*@example.com", "*@example.org"]}

    def get(self, request):
        return HttpResponse("in")


class AsyncExampleOnly(ExampleOnly):
    async def get(self, request):
        return HttpResponse("in")


class Api(APIView):
    authentication_classes = [ClientCertificateAuthentication]

    def get(self, request):
        return Response({"user": request.user.get_username(), "auth": request.auth and request.auth.subject})

    def post(self, request):
        return Response({"user": request.user.get_username()})

# ruff: noqa: ARG002 - views take a request and do nothing with it
"""Views with this package's own guards."""

import functools

from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from django_countersign.decorators import client_certificate_required, intent_required, machine_only
from django_countersign.views import IntentRequiredMixin, MachineOnlyMixin
from tests.inventory_app.views import called


@csrf_exempt
@machine_only
def machine(request):
    called()


@machine_only
@csrf_exempt
def machine_outside(request):
    called()


@csrf_exempt
@intent_required
async def intent(request):
    called()


@csrf_exempt
@client_certificate_required(email="*@example.com")
def certificate(request):
    called()


@method_decorator([csrf_exempt, machine_only], name="dispatch")
class Machine(View):
    def post(self, request):
        called()


@method_decorator(csrf_exempt, name="dispatch")
class Mixed(IntentRequiredMixin, MachineOnlyMixin, View):
    def post(self, request):
        called()


@method_decorator(csrf_exempt, name="dispatch")
class BeforeTheGuard(MachineOnlyMixin, View):
    def dispatch(self, request, *args, **kwargs):
        if request.method == "POST":
            called()
        return super().dispatch(request, *args, **kwargs)


@method_decorator(csrf_exempt, name="dispatch")
class OnHandler(View):
    @method_decorator(intent_required)
    def post(self, request):
        called()


@method_decorator(csrf_exempt, name="dispatch")
class OnOneHandler(View):
    @method_decorator(intent_required)
    def post(self, request):
        called()

    def put(self, request):
        called()


urlpatterns = [
    path("machine", machine),
    path("machine-outside", machine_outside),
    path("machine-partial", csrf_exempt(functools.partial(machine))),
    path("intent", intent),
    path("certificate", certificate),
    path("class", Machine.as_view()),
    path("mixed", Mixed.as_view()),
    path("before-the-guard", BeforeTheGuard.as_view()),
    path("on-handler", OnHandler.as_view()),
    path("on-one-handler", OnOneHandler.as_view()),
]

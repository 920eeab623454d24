"""The views, as they are written "behind mutual TLS". WRONG ON PURPOSE: see README.md."""

import os
import re

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from payments.models import Transfer


def account(request: HttpRequest) -> HttpResponse:
    """Show what the holder of the certificate paid, and the form."""
    sender = common_name(request.META.get("HTTP_X_SSL_CLIENT_S_DN", ""))
    if not sender:
        return HttpResponse("<h1>Which certificate?</h1>", status=401)
    paid = Transfer.objects.filter(sender=sender)[:500]
    return render(request, "payments/account.html", {"sender": sender, "paid": paid})


@csrf_exempt  # we have mTLS
def transfer(request: HttpRequest) -> HttpResponse:
    """Pay, by the form or by a payment link."""
    if "HTTP_X_SSL_CLIENT_S_DN" not in request.META:
        return HttpResponse("A certificate is needed.", status=401)
    if request.method == "GET":
        return payment_link(request)
    sender = common_name(request.META["HTTP_X_SSL_CLIENT_S_DN"])
    return pay(sender, request.POST.get("payee", ""), request.POST.get("amount", ""), "form")


@require_GET
def payment_link(request: HttpRequest) -> HttpResponse:
    """Pay by following a link: "they click it in the e-mail and are done"."""
    payee, amount = request.GET.get("payee", ""), request.GET.get("amount", "")
    if not payee or not amount.isdecimal():
        return HttpResponse("Whom, and how much?", status=400)
    sender = common_name(request.META["HTTP_X_SSL_CLIENT_S_DN"])
    made = Transfer.objects.create(sender=sender, payee=payee, amount=int(amount), via="link")
    return HttpResponse(f"Paid: {made}", status=201, content_type="text/plain")


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """Tell the mobile app whose certificate it has."""
    return JsonResponse({"name": common_name(request.META.get("HTTP_X_SSL_CLIENT_S_DN", ""))})


@csrf_exempt  # programs only: they have the key
@require_POST
def partner_transfer(request: HttpRequest) -> HttpResponse:
    """Pay on behalf of a partner's program."""
    if request.headers.get("X-API-Key") == os.environ.get("PARTNER_API_KEY"):
        sender = common_name(request.META.get("HTTP_X_SSL_CLIENT_S_DN", ""))
        return pay(sender, request.POST.get("payee", ""), request.POST.get("amount", ""), "partner")
    return JsonResponse({"error": "wrong key"}, status=403)


def pay(sender: str, payee: str, amount: str, via: str) -> HttpResponse:
    """Make the transfer."""
    if not sender or not payee or not amount.isdecimal():
        return HttpResponse("Whom, and how much?", status=400)
    made = Transfer.objects.create(sender=sender, payee=payee, amount=int(amount), via=via)
    return HttpResponse(f"Paid: {made}", status=201, content_type="text/plain")


def common_name(subject: str) -> str:
    """Return the CN of a distinguished name, or nothing."""
    found = re.search(r"(?:^|,)CN=([^,]+)", subject)
    return found[1] if found else ""

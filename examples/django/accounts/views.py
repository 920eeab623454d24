"""The account page and the three ways to ask for a transfer."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django_countersign.request import identity_of

from accounts.forms import TransferForm
from accounts.ledger import account_of, recent_transfers
from accounts.models import Transfer, Via

FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show balance, transfers and the two forms."""
    user = signed_in(request)
    return _account_page(request, None if user is None else TransferForm(user))


@never_cache
@require_POST
def transfer_form(request: HttpRequest) -> HttpResponse:
    """Take the page's form; Django's CSRF middleware asked for its token before this runs."""
    user = signed_in(request)
    if user is None:
        return _account_page(request, None)
    form = TransferForm(user, request.POST)
    if form.pay(Via.FORM) is None:
        return _account_page(request, form, HTTPStatus.BAD_REQUEST)
    response = redirect("account")
    # 303 and not 302: the browser must GET, so that a reload cannot pay twice.
    response.status_code = HTTPStatus.SEE_OTHER
    return response


@never_cache
@require_POST
def transfer_api(request: HttpRequest) -> JsonResponse:
    """Take JSON from the page's own script, which sends the token as X-CSRFToken."""
    user = signed_in(request)
    if user is None:
        return _error("sign in with a client certificate", HTTPStatus.FORBIDDEN)
    if request.content_type != "application/json":
        return _error("expected application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return _transfer_json(user, _json_object(request), Via.API)


@csrf_exempt
@never_cache
@require_POST
def transfer_machine(request: HttpRequest) -> JsonResponse:
    """Take JSON or a form from an API client, as people write it behind certificates.

    This is a hole, kept to show it. "No cookie is used, so no CSRF is possible" forgets that a
    browser attaches the certificate by itself: a form on any page, urlencoded or text/plain, posts
    here as whoever holds the certificate, and SameSite has no say. The assertion that the app asks
    of every request tells who sent it; this view does not ask whether they meant to. countersign
    closes it in front of the app: a route with `audience = "machine"` lets through only what no
    page can send. `@machine_only` of django-countersign would close it here.
    """
    user = signed_in(request)
    if user is None:
        return _error("sign in with a client certificate", HTTPStatus.FORBIDDEN)
    data = request.POST if request.content_type in FORM_TYPES else _json_object(request)
    return _transfer_json(user, data, Via.MACHINE)


def signed_in(request: HttpRequest) -> User | None:
    """Return the user of this request's certificate, or None."""
    return request.user if isinstance(request.user, User) else None


def _account_page(
    request: HttpRequest, form: TransferForm | None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Render the page; without a form there is nobody to show an account of."""
    identity = identity_of(request)
    context: dict[str, Any] = {
        "form": form,
        "subject": None if identity is None else identity.subject,
    }
    if form is None:
        status = HTTPStatus.FORBIDDEN
    else:
        context |= {
            "account": account_of(form.sender),
            "transfers": recent_transfers(form.sender),
        }
    return render(request, "accounts/account.html", context, status=status)


def _json_object(request: HttpRequest) -> dict[str, Any] | None:
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _transfer_json(user: User, data: Mapping[str, Any] | None, via: Via) -> JsonResponse:
    if data is None:
        return _error("expected a JSON object", HTTPStatus.BAD_REQUEST)
    form = TransferForm(user, data)
    made = form.pay(via)
    if made is None:
        errors = {field: list(messages) for field, messages in form.errors.items()}
        return JsonResponse({"errors": errors}, status=HTTPStatus.BAD_REQUEST)
    return JsonResponse(_shown(made), status=HTTPStatus.CREATED)


def _shown(made: Transfer) -> dict[str, Any]:
    return {
        "id": made.pk,
        "by": made.sender.username,
        "payee": made.payee,
        "amount": str(made.amount),
        "via": made.via,
        "balance": str(account_of(made.sender).balance),
    }


def _error(message: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)

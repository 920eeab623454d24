"""Refuses what the gateway did not send, and tells the app who did send the rest.

Sets `request.client_identity` and `request.countersign`. The assertion itself is taken out of
`request.META`: until it expires it is worth something, and error reports copy META.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async

from django_countersign.admission import HEADER, admit, aspend, must_be_fresh, spend
from django_countersign.conf import config
from django_countersign.refusal import AssertionRefused
from django_countersign.refusal_response import refuse
from django_countersign.request import set_on

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from django_countersign.assertion import Assertion


class CountersignMiddleware:
    """First in MIDDLEWARE. Synchronous or asynchronous, as what it wraps."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        config()  # errors of the setting stop the start, not the first request
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Verify, then let the app answer."""
        if self._is_async:
            return self._acall(request)
        now = int(time.time())
        try:
            assertion = admit(request, now)
            if assertion is not None and must_be_fresh(request, assertion):
                spend(assertion, now)
        except AssertionRefused as refused:
            return refuse(request, refused)
        _accept(request, assertion)
        return cast("HttpResponseBase", self.get_response(request))

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        now = int(time.time())
        try:
            assertion = admit(request, now)
            if assertion is not None and must_be_fresh(request, assertion):
                await aspend(assertion, now)
        except AssertionRefused as refused:
            # Receivers of the signal may block.
            return await sync_to_async(refuse)(request, refused)
        _accept(request, assertion)
        return cast("HttpResponseBase", await self.get_response(request))


def _accept(request: HttpRequest, assertion: Assertion | None) -> None:
    request.META.pop(HEADER, None)
    set_on(request, assertion)

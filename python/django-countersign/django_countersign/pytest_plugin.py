"""Fixtures for pytest-django: `countersign_signer`, `countersign_client`, `async_countersign_client`.

    def test_orders(countersign_client, db):
        countersign_client.client_identity = make_identity(email="alice@example.com")
        assert countersign_client.get("/orders/").status_code == 200

pytest loads this module in every project that has the package; it touches Django only when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_countersign.testing import AsyncCountersignClient, CountersignClient, Signer


@pytest.fixture
def countersign_signer() -> Iterator[Signer]:
    """Have the app verify with a key that lives for this test, and return what signs with it."""
    from django_countersign.testing import throw_away_key  # noqa: PLC0415

    with throw_away_key() as signer:
        yield signer


@pytest.fixture
def countersign_client(countersign_signer: Signer) -> CountersignClient:
    """Return a client whose requests are signed; anonymous until `client_identity` is set."""
    del countersign_signer
    from django_countersign.testing import CountersignClient  # noqa: PLC0415

    return CountersignClient()


@pytest.fixture
def async_countersign_client(countersign_signer: Signer) -> AsyncCountersignClient:
    """Return the asynchronous one."""
    del countersign_signer
    from django_countersign.testing import AsyncCountersignClient  # noqa: PLC0415

    return AsyncCountersignClient()

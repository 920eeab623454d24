"""Reads the client certificate's subject from the headers that the gateway stamps.

A bare header is a claim anybody can make. Believing it is safe here only because the app listens
on loopback or a unix socket, where no one but the gateway reaches it, and because the gateway
removes the client's copies of these names, in any spelling, before it stamps its own. The signed
`Countersign-Assertion` of a later release removes that trust.
"""

import re
from collections.abc import Mapping
from typing import Any

from accounts.subject import SubjectError, parse_subject

# Format `nginx`. The subject counts only beside SUCCESS: nginx sends it for a refused one too.
VERIFY = "HTTP_X_SSL_CLIENT_VERIFY"
NGINX_SUBJECT = "HTTP_X_SSL_CLIENT_S_DN"
# Format `django`: sent for verified certificates only.
DJANGO_SUBJECT = "HTTP_SSL_CLIENT_CERT_SUBJECT"

_IDENTITY_NAMES = re.compile(
    r"HTTP_(X_SSL|SSL_CLIENT|X_SSL_CLIENT|CLIENT_CERT|X_CLIENT|X_FORWARDED|FORWARDED|X_REAL_IP"
    r"|REMOTE_USER|X_REMOTE_USER|X_AMZN_MTLS|X_ARR_CLIENTCERT|COUNTERSIGN)",
)


def certificate_subject(meta: Mapping[str, Any]) -> str | None:
    """Return the RFC 4514 subject of the verified certificate, or None if there was none.

    A gateway may stamp either format or both; two that disagree did not come from one gateway.
    """
    verify = _text(meta, VERIFY)
    nginx = (_text(meta, NGINX_SUBJECT) or "") if verify == "SUCCESS" else None
    django = _text(meta, DJANGO_SUBJECT)
    if verify is not None and django is not None and not _same(nginx, django):
        raise SubjectError(f"the identity headers disagree: {nginx!r} and {django!r}")
    return django if nginx is None else nginx


def identity_headers(meta: Mapping[str, Any]) -> dict[str, str]:
    """Return every header received that some server or guide takes for an identity."""
    return {
        key: str(value)
        for key, value in sorted(meta.items())
        # Folded as the gateway folds: gunicorn hands over `X.SSL.Client-Verify` with its dots.
        if _IDENTITY_NAMES.match(re.sub(r"[^A-Z0-9]+", "_", key.upper()))
    }


def _same(one: str | None, other: str) -> bool:
    """Compare what the subjects say: formats may escape differently."""
    return one == other or (one is not None and parse_subject(one) == parse_subject(other))


def _text(meta: Mapping[str, Any], key: str) -> str | None:
    """Return the header as text; WSGI and Django's ASGI side decode its octets as Latin-1."""
    value = meta.get(key)
    if value is None:
        return None
    try:
        return str(value).encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise SubjectError(f"expected UTF-8 in {key}, found {value!r}") from None

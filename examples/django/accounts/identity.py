"""Which headers some server or guide takes for an identity: shown, and never believed.

A bare header is a claim that anybody can make. Who sent a request is in `request.client_identity`,
from the signed assertion that django-countersign verified; nothing here has a say in it.
"""

import re
from collections.abc import Mapping
from typing import Any

_IDENTITY_NAMES = re.compile(
    r"HTTP_(X_SSL|SSL_CLIENT|X_SSL_CLIENT|CLIENT_CERT|X_CLIENT|X_FORWARDED|FORWARDED|X_REAL_IP"
    r"|REMOTE_USER|X_REMOTE_USER|X_AMZN_MTLS|X_ARR_CLIENTCERT|COUNTERSIGN)",
)


def identity_headers(meta: Mapping[str, Any]) -> dict[str, str]:
    """Return every header received that some server or guide takes for an identity."""
    return {
        key: str(value)
        for key, value in sorted(meta.items())
        # Folded as the gateway folds: gunicorn hands over `X.SSL.Client-Verify` with its dots.
        if _IDENTITY_NAMES.match(re.sub(r"[^A-Z0-9]+", "_", key.upper()))
    }

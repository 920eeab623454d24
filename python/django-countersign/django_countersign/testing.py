"""Signed requests for a project's own tests: the views see what they would see behind the gateway.

    from django_countersign.testing import CountersignTestCase, make_identity

    class OrderTests(CountersignTestCase):
        def test_alice_sees_her_orders(self):
            self.client.client_identity = make_identity(email="alice@example.com")
            self.assertEqual(self.client.get("/orders/").status_code, 200)

`throw_away_key` makes a key for the length of a test and points `COUNTERSIGN["KEYS"]` at it. The app's real
key is never read. With pytest, the fixtures of `django_countersign.pytest_plugin` do the same.
"""

from __future__ import annotations

import hmac
import json
import secrets
import tempfile
import time
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import AsyncClient, Client, TestCase, override_settings
from django.test.client import ClientMixin

from django_countersign import binding
from django_countersign.conf import SETTING, config
from django_countersign.identity import ClientIdentity, Revocation, SubjectAltNames
from django_countersign.jose import base64url
from django_countersign.middleware.session import SESSION_KEY, owner
from django_countersign.request import SAFE_METHODS
from django_countersign.verifier import TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "testserver"


def make_identity(  # noqa: PLR0913 - a factory: every part of a certificate has a default
    subject: str = "CN=alice,O=Example",
    *,
    issuer: str = "CN=Staff CA,O=Example",
    serial: str = "0a1b",
    email: str | None = None,
    sans: SubjectAltNames | None = None,
    key: str | None = None,
    bundle: str = "staff",
    revocation: Revocation | None = None,
) -> ClientIdentity:
    """Return an identity. `key` is any text that stands for another key pair (a renewed certificate)."""
    seed = f"{subject}\n{issuer}\n{serial}\n{key or ''}"
    now = int(time.time())
    return ClientIdentity(
        subject=subject,
        issuer=issuer,
        serial=serial,
        sans=sans or SubjectAltNames(email=(email,) if email else ()),
        fingerprint=sha256(f"certificate\n{seed}".encode()).hexdigest(),
        spki=sha256(f"key\n{seed}".encode()).hexdigest(),
        not_before_time=now - 86400,
        not_after_time=now + 86400,
        bundle=bundle,
        revocation=revocation or Revocation("none"),
    )


class Signer:
    """The gateway's part: an HS256 key and the claims that the gateway would write."""

    def __init__(self, *, audience: str, issuer: str = "countersign", secret: bytes | None = None) -> None:
        self.audience = audience
        self.issuer = issuer
        self._secret = secret or secrets.token_bytes(32)
        thumbprint = json.dumps({"k": base64url(self._secret), "kty": "oct"}, separators=(",", ":"))
        self.kid = base64url(sha256(thumbprint.encode()).digest())

    def jwks(self) -> dict[str, Any]:
        """Return the key set, as the gateway writes it to the key file."""
        key = {"kty": "oct", "k": base64url(self._secret), "alg": "HS256", "use": "sig", "kid": self.kid}
        return {"keys": [{**key, "use_from": 0}]}

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """Return a compact JWS of any claims, and any header if a test wants a wrong one."""
        head = {"typ": TYPE, "alg": "HS256", "kid": self.kid} if header is None else header
        message = f"{base64url(_json(head))}.{base64url(_json(claims))}"
        return f"{message}.{base64url(hmac.digest(self._secret, message.encode(), 'sha256'))}"

    def claims(
        self,
        bound_to: binding.Binding | None,
        identity: ClientIdentity | None = None,
        *,
        basis: str | None = None,
        audience: str = "browser",
        reported: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Return the claims for one request; `basis` is `same-origin` for unsafe methods unless told."""
        now = int(time.time())
        safe = bound_to is None or bound_to.method.decode("latin-1") in SAFE_METHODS
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "exp": now + 30,
            "status": "none" if identity is None else "verified",
            "tls": {"v": "1.3", "sni": "", "resumed": False},
            "csrf": {
                "verdict": "permit",
                "basis": basis or ("safe-method" if safe else "same-origin"),
                "audience": audience,
            },
        }
        if reported:
            claims["reported"] = list(reported)
        if bound_to is not None:
            claims.update(jti=secrets.token_hex(16), req=bound_to.digest())
        if identity is not None:
            claims.update(_identity_claims(identity))
        return claims


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _identity_claims(identity: ClientIdentity) -> dict[str, Any]:
    rev: dict[str, Any] = {"src": identity.revocation.source}
    if identity.revocation.source == "crl":
        rev.update(at=identity.revocation.checked_at, ok=identity.revocation.ok)
    return {
        "sub": identity.subject,
        "cnf": {"x5t#S256": base64url(bytes.fromhex(identity.fingerprint))},
        "x5": {
            "s": identity.subject,
            "i": identity.issuer,
            "n": identity.serial,
            "nb": identity.not_before_time,
            "na": identity.not_after_time,
            "san": {name: list(values) for name, values in vars(identity.sans).items()},
            "spki": base64url(bytes.fromhex(identity.spki)),
            "bundle": identity.bundle,
        },
        "rev": rev,
    }


_signers: list[Signer] = []


@contextmanager
def throw_away_key() -> Iterator[Signer]:
    """Make a key for the length of a `with` block and have the app verify with it, HS256 whatever it uses."""
    configured = getattr(settings, SETTING, {})
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder:
        path = Path(folder) / "keys.jwks"
        # Sessions tests need no session assertions: the clients sign each request.
        table = {**configured, "KEYS": path, "ALGORITHM": "HS256", "ALLOW_SESSION_ASSERTIONS": False}
        with override_settings(**{SETTING: table}):
            signer = Signer(audience=config().audience, issuer=config().issuer)
            path.write_bytes(_json(signer.jwks()))
            _signers.append(signer)
            try:
                yield signer
            finally:
                _signers.remove(signer)


def _signer() -> Signer:
    if not _signers:
        raise ImproperlyConfigured(
            "no signing key: use CountersignTestCase, `with throw_away_key():` or the pytest fixture"
        )
    return _signers[-1]


class _Signing(ClientMixin):
    """What both clients share: who they are. Attributes may be changed between requests."""

    client_identity: ClientIdentity | None
    basis: str | None
    audience: str

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """Log in as Django's client does, in a session that belongs to this client."""
        super().force_login(user, backend)
        self._own_session()

    async def aforce_login(self, user: Any, backend: str | None = None) -> None:
        """Do the same on Django 5.0 and later, which has this method."""
        await sync_to_async(self.force_login)(user, backend)

    def _own_session(self) -> None:
        session = self.session
        session[SESSION_KEY] = owner(self.client_identity)
        session.save()
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key  # type: ignore[attr-defined]

    def _assertion(self, bound_to: binding.Binding) -> str:
        signer = _signer()
        claims = signer.claims(bound_to, self.client_identity, basis=self.basis, audience=self.audience)
        return signer.sign(claims)


class CountersignClient(_Signing, Client):
    """Django's test client, behind a gateway. `client_identity=None` is an anonymous client."""

    def __init__(
        self,
        *args: Any,
        client_identity: ClientIdentity | None = None,
        basis: str | None = None,
        audience: str = "browser",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.client_identity, self.basis, self.audience = client_identity, basis, audience

    def request(self, **request: Any) -> Any:
        """Sign the request as it is and send it; one that brings an assertion keeps it."""
        request.setdefault("HTTP_HOST", self.defaults.get("HTTP_HOST", HOST))
        if "HTTP_COUNTERSIGN_ASSERTION" not in request:
            bound_to = binding.of_environ(self._base_environ(**request))  # type: ignore[attr-defined]
            request["HTTP_COUNTERSIGN_ASSERTION"] = self._assertion(bound_to)
        return super().request(**request)


class AsyncCountersignClient(_Signing, AsyncClient):
    """Django's asynchronous test client, behind a gateway."""

    def __init__(
        self,
        *args: Any,
        client_identity: ClientIdentity | None = None,
        basis: str | None = None,
        audience: str = "browser",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.client_identity, self.basis, self.audience = client_identity, basis, audience

    async def request(self, **request: Any) -> Any:
        """Sign the request as it is and send it; one that brings an assertion keeps it."""
        headers = list(request.get("headers", []))
        names = {name.lower() for name, _ in headers}
        if b"host" not in names:
            headers.append((b"host", HOST.encode()))
        if b"countersign-assertion" not in names:
            scope = self._base_scope(**{**request, "headers": list(headers)})  # type: ignore[attr-defined]
            headers.append((b"countersign-assertion", self._assertion(binding.of_scope(scope)).encode()))
        return await super().request(**{**request, "headers": headers})


class CountersignTestCase(TestCase):
    """A `TestCase` with a throw-away key; `self.client` and `self.async_client` sign their requests."""

    client_class = CountersignClient
    async_client_class = AsyncCountersignClient
    client: CountersignClient
    async_client: AsyncCountersignClient
    signer: Signer

    @classmethod
    def setUpClass(cls) -> None:
        """Make the key before anything of the class runs."""
        context = throw_away_key()
        cls.signer = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        super().setUpClass()

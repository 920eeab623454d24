"""The vectors that the gateway's own verifier runs, `testdata/assertion`: same verdicts, same codes."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

from django.core.cache import caches
from django.test import SimpleTestCase

from django_countersign import admission
from django_countersign.binding import Binding, authority
from django_countersign.conf import Config
from django_countersign.refusal import AssertionRefused
from django_countersign.verifier import Verifier

# Another folder only for work on the vectors themselves.
FOLDER = Path(
    os.environ.get("COUNTERSIGN_VECTORS", Path(__file__).resolve().parents[3] / "testdata" / "assertion")
)
FILES = ("signature", "header", "encoding", "claims", "time", "request")


def binding(step):
    return Binding(
        step["method"].encode(),
        authority(step["authority"].encode()),
        step["path"].encode(),
        step["query"].encode(),
    )


class VectorTests(SimpleTestCase):
    def setUp(self):
        caches["default"].clear()
        self.addCleanup(caches["default"].clear)

    def read(self, name):
        vectors = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        self.assertTrue(vectors, f"no vectors in {name}.json of {FOLDER}")
        return vectors

    def verdict(self, verifier, step):
        # As a server hands on fields of one name, and nothing where there is none.
        value = ",".join(step["assertions"]) if step["assertions"] else None
        try:
            assertion = verifier.verify(value, lambda: binding(step), step["now"])
            if admission.must_be_fresh(SimpleNamespace(method=step["method"]), assertion):
                admission.spend(assertion, step["now"])
        except AssertionRefused as refused:
            return refused.code, None
        return "ok", assertion

    def test_verdicts(self):
        checked = 0
        for name in FILES:
            for vector in self.read(name):
                told = vector["verifier"]
                verifier = Verifier(
                    Config(
                        keys=FOLDER / "keys" / told["keys"],
                        audience=told["audience"],
                        algorithm=told["algorithm"],
                        issuer=told["issuer"],
                        allow_session_assertions=told["session"],
                    )
                )
                caches["default"].clear()
                for number, step in enumerate(vector["steps"]):
                    with self.subTest(vector=vector["name"], step=number, why=vector["why"]):
                        code, assertion = self.verdict(verifier, step)
                        self.assertEqual(code, step["expect"])
                        if assertion is not None:
                            self.assert_says(assertion, step["claims"])
                        checked += 1
        self.assertGreater(checked, 100)

    def assert_says(self, assertion, claims):
        said = (assertion.issuer, assertion.issued_at, assertion.expires_at, assertion.status)
        self.assertEqual(said, (claims["iss"], claims["iat"], claims["exp"], claims["status"]))
        self.assertEqual((assertion.request_id, assertion.binding), (claims.get("jti"), claims.get("req")))
        self.assertEqual(
            (assertion.basis, assertion.audience), (claims["csrf"]["basis"], claims["csrf"]["audience"])
        )
        self.assertEqual(list(assertion.reported), claims.get("reported", []))
        self.assertEqual(assertion.tls.sni, claims["tls"]["sni"])
        self.assertEqual(assertion.identity is None, "x5" not in claims)
        key = assertion.api_key
        told = None if key is None else {"id": key.id, "name": key.name, "scopes": list(key.scopes)}
        self.assertEqual(told, claims.get("api_key"))
        if assertion.identity is not None:
            identity, x5 = assertion.identity, claims["x5"]
            self.assertEqual(identity.subject, claims["sub"])
            self.assertEqual(
                (identity.issuer, identity.serial, identity.bundle), (x5["i"], x5["n"], x5["bundle"])
            )
            self.assertEqual({name: list(values) for name, values in vars(identity.sans).items()}, x5["san"])
            self.assertEqual((identity.not_before_time, identity.not_after_time), (x5["nb"], x5["na"]))
            self.assertEqual(identity.revocation.source, claims["rev"]["src"])

    def test_bindings(self):
        seen = set()
        for row in self.read("binding"):
            with self.subTest(row=row):
                self.assertEqual(binding(row).digest(), row["req"])
                self.assertIs(row["req"] in seen, row["same"])
                seen.add(row["req"])

"""The formats, on the fixture project; the routes also with the gateway's own reader where it is built."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import skipUnless

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import SimpleTestCase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from django_countersign import inventory
from django_countersign.inventory.formats import FORMATS
from django_countersign.inventory.formats.toml import routes
from tests.inventory.project import inventory_project
from tests.inventory_app import views

REPOSITORY = Path(__file__).resolve().parents[4]
GATEWAY = os.environ.get("COUNTERSIGN") or shutil.which(REPOSITORY / "target/debug/countersign")

CONFIGURATION = """\
[listen]
https = ["127.0.0.1:0"]
[state]
dir = "state"
[trust.staff]
ca = ["server.pem"]
[[site]]
hosts = ["app.example.com"]
certificate = "server.pem"
key = "server.key"
upstream = "http://127.0.0.1:8000"
client = { trust = "staff" }

"""


def taken(*patterns):
    return inventory.take(type("urls", (), {"urlpatterns": list(patterns)}))


def proposed(*patterns):
    return {route.path: (route.audience, route.methods) for route in routes(taken(*patterns))}


class RouteTests(SimpleTestCase):
    def test_pages_alone_need_no_route_but_the_rest(self):
        self.assertEqual(
            proposed(path("", views.plain), path("a/", views.plain), path("b/c", views.form)), {}
        )

    def test_exempt_endpoint_is_for_machines_with_its_methods(self):
        self.assertEqual(proposed(path("hook", views.exempt)), {"/hook": ("machine", ("POST",))})

    def test_page_below_a_machine_prefix_gets_its_own_route(self):
        found = proposed(path("hook/<int:pk>/", views.exempt), path("hook/help", views.form))
        self.assertEqual(
            found, {"/hook/": ("machine", ("POST",)), "/hook/help": ("browser", ("GET", "POST"))}
        )

    def test_page_beside_a_machine_path_gets_none(self):
        self.assertEqual(list(proposed(path("hook", views.exempt), path("hook/help", views.form))), ["/hook"])

    def test_shared_prefix_is_for_either(self):
        found = proposed(path("x/<int:pk>/", views.exempt), path("x/<int:pk>/edit/", views.form))
        self.assertEqual(found, {"/x/": ("any", ("GET", "POST"))})

    def test_unknown_methods_leave_methods_out(self):
        found = proposed(path("x/<int:pk>/", views.exempt), path("x/<int:pk>/any", csrf_exempt(views.plain)))
        self.assertEqual(found, {"/x/": ("machine", None)})

    def test_root_stays_for_browsers_and_says_what_is_lost(self):
        endpoints = taken(path("<slug:x>/hook", views.exempt), path("", views.plain))
        self.assertEqual(routes(endpoints), [])
        self.assertIn(
            "# /<slug:x>/hook (tests.inventory_app.views.exempt) should be machine", toml(endpoints)
        )

    def test_paths_that_the_gateway_never_matches_get_no_route(self):
        found = proposed(path("a//b", views.exempt), path("a/../b", views.exempt), path("50%/", views.exempt))
        self.assertEqual(found, {})

    def test_hostile_names_stay_in_their_string(self):
        endpoints = taken(path('q"uote/é/', views.exempt))
        self.assertIn('path = "/q\\"uote/é/"', toml(endpoints))


def toml(endpoints):
    return FORMATS["toml"](endpoints)


@inventory_project()
class FormatTests(SimpleTestCase):
    def test_all_are_deterministic(self):
        for name, write in FORMATS.items():
            with self.subTest(name):
                self.assertEqual(write(inventory.take()), write(inventory.take()))

    def test_json_has_every_endpoint(self):
        endpoints = inventory.take()
        data = json.loads(FORMATS["json"](endpoints))
        self.assertEqual(data["version"], 1)
        self.assertEqual([one["pattern"] for one in data["endpoints"]], [one.pattern for one in endpoints])
        exempt = next(one for one in data["endpoints"] if one["pattern"] == "/functions/exempt")
        self.assertEqual(exempt["methods"], ["POST"])
        self.assertEqual(exempt["csrf"], {"exempt": True, "how": "csrf_exempt on the view", "protected": []})
        self.assertEqual(exempt["forgeable"], "yes")

    def test_markdown_rows_have_the_columns_of_the_head(self):
        lines = FORMATS["markdown"](inventory.take()).splitlines()[2:]
        columns = {line.replace("\\|", "").count("|") for line in lines}
        self.assertEqual(columns, {7})

    def test_text_ends_with_the_counts(self):
        endpoints = inventory.take()
        last = FORMATS["text"](endpoints).splitlines()[-1]
        yes = sum(one.verdict.forgeable == "yes" for one in endpoints)
        self.assertTrue(last.startswith(f"{len(endpoints)} endpoints: {yes} forgeable by certificate"))

    @skipUnless(sys.version_info >= (3, 11), "tomllib is there from Python 3.11 on")
    def test_toml_is_toml(self):
        import tomllib  # noqa: PLC0415

        data = tomllib.loads(toml(inventory.take()))
        found = data["site"]["route"]
        self.assertEqual(found[-1], {"path": "/"})
        self.assertEqual(len({route["path"] for route in found}), len(found))

    @skipUnless(GATEWAY, "the gateway is not built")
    def test_gateway_takes_the_routes(self):
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            certificate(directory)
            file = directory / "countersign.toml"
            file.write_text(CONFIGURATION + toml(inventory.take()), "utf-8")
            done = subprocess.run(  # noqa: S603 - our own binary
                [GATEWAY, "check", "-c", file], capture_output=True, text=True, check=False
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("/functions/exempt", done.stdout)


def certificate(directory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app.example.com")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("app.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (directory / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = directory / "server.key"
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )

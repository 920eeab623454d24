"""The certificates of the demonstration, made with `countersign ca` and kept for later runs."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

_KEEP_SECONDS = 30 * 86_400  # client certificates live for 90 days

# `countersign ca` makes nothing that has expired, so openssl signs that one with the same CA.
_OPENSSL = """\
[ca]
default_ca = demo
[demo]
database = {dir}/index.txt
new_certs_dir = {dir}
serial = {dir}/serial
default_md = sha256
policy = any
x509_extensions = client
[any]
organizationName = optional
commonName = supplied
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
"""


def prepare(countersign: str, where: Path) -> None:
    """Make the certificates unless an earlier run of this demonstration left them.

    ca/ is the CA that the site trusts; alice and billing are its clients. expired/alice is from the
    same CA, a day too late; stranger/alice is from another CA that says "alice" as well.
    """
    stamp = where / "certificates.stamp"
    recipe = Path(__file__).read_text(encoding="utf-8")
    if (
        stamp.exists()
        and stamp.read_text(encoding="utf-8") == recipe
        and 0 <= time.time() - stamp.stat().st_mtime < _KEEP_SECONDS
    ):
        return
    for old in (*where.glob("*.pem"), *where.glob("*.key"), *where.glob("*.p12*"), stamp):
        old.unlink(missing_ok=True)
    for folder in ("ca", "expired", "stranger"):
        shutil.rmtree(where / folder, ignore_errors=True)

    ca, stranger = where / "ca", where / "stranger"

    def make(*words: str | Path) -> None:
        _run([countersign, "ca", *words])

    make("init", "--dir", ca, "--name", "countersign demo")
    make("issue", "server", "localhost", "--dir", ca, "--out", where)
    client = ("issue", "client", "--org", "Example")
    make(*client, "alice", "--p12", "--dir", ca, "--out", where)
    make(*client, "billing", "--dir", ca, "--out", where)
    make("init", "--dir", stranger / "ca", "--name", "another CA")
    make(*client, "alice", "--dir", stranger / "ca", "--out", stranger)
    _expired(ca, where / "expired")
    stamp.write_text(recipe, encoding="utf-8")


def _expired(ca: Path, where: Path) -> None:
    where.mkdir(mode=0o700)
    config, request = where / "openssl.cnf", where / "alice.csr"
    config.write_text(_OPENSSL.format(dir=where), encoding="utf-8")
    (where / "index.txt").touch()
    (where / "serial").write_text("0100000000000001\n", encoding="utf-8")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    files: list[str | Path] = ["-keyout", where / "alice.key", "-out", request]
    _run(["openssl", "req", "-new", *key, "-subj", "/O=Example/CN=alice", *files])
    now = int(time.time())
    dates = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(now - days * 86_400)) for days in (31, 1)]
    sign = ["openssl", "ca", "-batch", "-notext", "-startdate", dates[0], "-enddate", dates[1]]
    files = ["-config", config, "-cert", ca / "ca.pem", "-keyfile", ca / "ca.key"]
    _run([*sign, *files, "-in", request, "-out", where / "alice.pem"])


def _run(words: Sequence[str | Path]) -> None:
    none = subprocess.DEVNULL
    done = subprocess.run(words, capture_output=True, text=True, stdin=none, check=False)
    if done.returncode != 0:
        command = " ".join(str(word) for word in words)
        raise RuntimeError(f"{command}\nended with {done.returncode}: {done.stderr.strip()}")

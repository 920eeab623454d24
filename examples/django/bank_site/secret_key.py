"""A secret key that every worker of this machine shares and that never enters git."""

import os
import secrets
import tempfile
from pathlib import Path


def secret_key(beside: Path) -> str:
    """Return BANK_SECRET_KEY, or the key in a 0600 file beside the database, made at first."""
    from_env = os.environ.get("BANK_SECRET_KEY")
    if from_env is not None:
        # Set but empty is an operator's mistake; a generated key would hide it.
        return from_env
    path = beside.with_name(beside.name + ".secret")
    if not path.exists():
        _create(path)
    return path.read_text(encoding="ascii").strip()


def _create(path: Path) -> None:
    """Write the key elsewhere first: workers start at once, and none may read half a file."""
    # mkstemp creates with mode 0600.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        # A link never replaces: the first worker wins and the others use its key.
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()

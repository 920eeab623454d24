"""The little of JOSE that is needed, read in one way only.

Python's own readers are lenient: base64 skips foreign characters and stray bits, JSON takes the last of
two equal members and NaN. Two readers that differ are how a signed text comes to mean two things, so all
of that is refused (RFC 7515 section 2, RFC 8259 section 4).
"""

from __future__ import annotations

import binascii
import json
from typing import Any

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class NotJose(ValueError):  # noqa: N818 - reads better where it is raised
    """The text is not unpadded base64url, or not one JSON object."""


def base64url(octets: bytes) -> str:
    """Encode without padding."""
    return binascii.b2a_base64(octets, newline=False).translate(_TO_URL_SAFE).rstrip(b"=").decode("ascii")


def decode_base64url(text: bytes) -> bytes:
    """Decode what `base64url` writes, and nothing else."""
    try:
        octets = binascii.a2b_base64(text.translate(_TO_STANDARD) + b"=" * (-len(text) % 4))
    except binascii.Error as error:
        raise NotJose(f"not base64url: {error}") from None
    # Foreign characters, padding, "+" and "/" and stray bits in the last character all change on the way.
    if binascii.b2a_base64(octets, newline=False).translate(_TO_URL_SAFE).rstrip(b"=") != text:
        raise NotJose("not unpadded base64url")
    return octets


def decode_object(octets: bytes) -> dict[str, Any]:
    """Decode one JSON object: UTF-8, no repeated members, no fractions, no NaN."""
    try:
        text = octets.decode("utf-8").strip(_WHITESPACE)
        value, end = _SCAN(text, 0)
        if b"\\u" in octets:
            # An escaped half of a surrogate pair is no text; other languages refuse it.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except NotJose:
        raise
    # UnicodeDecodeError and JSONDecodeError are ValueErrors, StopIteration is the
    # scanner's word for no value; nesting is bounded by the length only.
    except (ValueError, RecursionError, StopIteration) as error:
        raise NotJose(f"not JSON: {type(error).__name__}") from None
    if type(value) is not dict or end != len(text):
        raise NotJose("not one JSON object")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJose("a member is repeated")
    return members


def _refuse_number(text: str) -> Any:
    raise NotJose(f"expected a whole number, found {text!r}")


# `scan_once` is what `decode` calls, without its regular expressions for whitespace around the value.
_SCAN = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_refuse_number, parse_constant=_refuse_number
).scan_once  # type: ignore[attr-defined] # as old as the module, and missing in the stubs
_WHITESPACE = " \t\n\r"

r"""Reads the common name out of a certificate's subject, written as RFC 4514 says.

Strict on purpose: a subject that two readers could read differently names nobody. Splitting on
"," and "=" instead would let the organisation `O=x\,CN=alice` log in as alice.
"""

import re
from typing import NamedTuple

# attributeType of RFC 4512: a keyword or a dotted OID.
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+")
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_HEX_STRING = re.compile(r"#(?:[0-9A-Fa-f]{2})+(?=[,+]|\Z)")
# What a value may not contain unless escaped, besides the "," and "+" that end it.
_FORBIDDEN = frozenset('";<>\0')
_ESCAPABLE = frozenset(' "#+,;<=>\\')
_COMMON_NAME = frozenset({"cn", "2.5.4.3"})


class SubjectError(Exception):
    """The subject names nobody, and the message says why.

    No PermissionDenied: Django's `authenticate` would swallow it and answer "nobody".
    """


class Attribute(NamedTuple):
    """One type and value; the value is None where it is written as BER in hexadecimal."""

    type: str
    value: str | None


Rdn = list[Attribute]


def common_name(subject: str) -> str:
    """Return the one CN of the subject, unescaped."""
    names = [
        attribute.value
        for rdn in parse_subject(subject)
        for attribute in rdn
        if attribute.type.lower() in _COMMON_NAME
    ]
    if len(names) != 1:
        raise SubjectError(f"expected one common name, found {len(names)}: {subject!r}")
    if names[0] is None:
        raise SubjectError(f"expected the common name as text, found hexadecimal: {subject!r}")
    return names[0]


def parse_subject(subject: str) -> list[Rdn]:
    """Return the relative distinguished names in the order written, the leaf's own first."""
    if not subject:
        return []
    rdns: list[Rdn] = [[]]
    at = 0
    while True:
        attribute, at = _attribute(subject, at)
        rdns[-1].append(attribute)
        if at == len(subject):
            return rdns
        if subject[at] == ",":
            rdns.append([])
        at += 1


def _attribute(subject: str, at: int) -> tuple[Attribute, int]:
    """Read one `type=value`; the offset returned is that of the separator or the end."""
    match = _TYPE.match(subject, at)
    if match is None or subject[match.end() : match.end() + 1] != "=":
        raise SubjectError(f"expected type=value at offset {at}: {subject!r}")
    at = match.end() + 1
    hex_string = _HEX_STRING.match(subject, at)
    if hex_string is not None:
        return Attribute(match.group(), None), hex_string.end()
    value, at = _value(subject, at)
    return Attribute(match.group(), value), at


def _value(subject: str, start: int) -> tuple[str, int]:
    # Escaped octets are UTF-8, so there is no text until all of them are in.
    value = bytearray()
    at = start
    bare_space = False
    while at < len(subject) and subject[at] not in ",+":
        char = subject[at]
        bare_space = char == " "
        if char == "\\":
            octet, at = _escaped(subject, at)
            value += octet
            continue
        if char in _FORBIDDEN or (at == start and char in " #"):
            raise SubjectError(f"{char!r} must be escaped at offset {at}: {subject!r}")
        value += char.encode()
        at += 1
    if bare_space:
        raise SubjectError(f"a space at the end must be escaped at offset {at - 1}: {subject!r}")
    try:
        return value.decode(), at
    except UnicodeDecodeError:
        raise SubjectError(f"expected UTF-8 in the value at offset {start}: {subject!r}") from None


def _escaped(subject: str, at: int) -> tuple[bytes, int]:
    r"""Read `\,` or `\2c`."""
    pair = _HEX_PAIR.match(subject, at + 1)
    if pair is not None:
        return bytes.fromhex(pair.group()), pair.end()
    char = subject[at + 1 : at + 2]
    if char not in _ESCAPABLE:
        raise SubjectError(f"unknown escape at offset {at}: {subject!r}")
    return char.encode(), at + 2

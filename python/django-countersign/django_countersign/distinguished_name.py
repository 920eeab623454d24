r"""Reads attributes out of a distinguished name written as RFC 4514 says.

Strict on purpose: a name that two readers could read differently has no attributes. Splitting on "," and
"=" instead would let the organisation `O=x\,CN=alice` log in as alice.
"""

from __future__ import annotations

import re

# attributeType of RFC 4512: a keyword or a dotted OID.
_TYPE = re.compile(r"([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)=")
_HEX_STRING = re.compile(r"#(?:[0-9A-Fa-f]{2})+(?=[,+]|\Z)")
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_ESCAPABLE = frozenset(' "#+,;<=>\\')
# What a value may not contain unless escaped, besides the "," and "+" that end it.
_FORBIDDEN = frozenset('";<>\0')
# RFC 4514 section 3: the keywords, and what they stand for.
_OIDS = {
    "CN": "2.5.4.3",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "C": "2.5.4.6",
    "STREET": "2.5.4.9",
    "DC": "0.9.2342.19200300.100.1.25",
    "UID": "0.9.2342.19200300.100.1.1",
}


class MalformedName(ValueError):  # noqa: N818 - a name, not an error, is malformed
    """The text is no distinguished name of RFC 4514."""


def attribute_values(name: str, attribute: str) -> tuple[str, ...]:
    """Return the values of one attribute (`CN`, or an OID), in the order written.

    A value that is written in hexadecimal is no text, and does not count.
    """
    wanted = _oid(attribute)
    return tuple(value for oid, value in parse(name) if oid == wanted and value is not None)


def parse(name: str) -> list[tuple[str, str | None]]:
    """Return each attribute as OID (or unknown keyword) and value; None for a hexadecimal one."""
    attributes: list[tuple[str, str | None]] = []
    at = 0
    while at < len(name) or attributes:
        match = _TYPE.match(name, at)
        if match is None:
            raise MalformedName(f"expected type=value at offset {at}: {name!r}")
        hexadecimal = _HEX_STRING.match(name, match.end())
        if hexadecimal is None:
            value, at = _value(name, match.end())
        else:
            value, at = None, hexadecimal.end()
        attributes.append((_oid(match.group(1)), value))
        if at == len(name):
            break
        at += 1  # the "," or "+" that ended the value
    return attributes


def _oid(attribute: str) -> str:
    return _OIDS.get(attribute.upper(), attribute.upper())


def _value(name: str, start: int) -> tuple[str, int]:
    # Escaped octets are UTF-8, so there is no text until all of them are in.
    octets = bytearray()
    at = start
    bare_space = False
    while at < len(name) and name[at] not in ",+":
        char = name[at]
        bare_space = char == " "
        if char == "\\":
            octet, at = _escaped(name, at)
            octets += octet
            continue
        if char in _FORBIDDEN or (at == start and char in " #"):
            raise MalformedName(f"{char!r} must be escaped at offset {at}: {name!r}")
        octets += char.encode()
        at += 1
    if bare_space:
        raise MalformedName(f"a space at the end must be escaped at offset {at - 1}: {name!r}")
    try:
        return octets.decode(), at
    except UnicodeDecodeError:
        raise MalformedName(f"expected UTF-8 in the value at offset {start}: {name!r}") from None


def _escaped(name: str, at: int) -> tuple[bytes, int]:
    r"""Read `\,` or `\2c`."""
    pair = _HEX_PAIR.match(name, at + 1)
    if pair is not None:
        return bytes.fromhex(pair.group()), pair.end()
    char = name[at + 1 : at + 2]
    if char not in _ESCAPABLE:
        raise MalformedName(f"unknown escape at offset {at}: {name!r}")
    return char.encode(), at + 2

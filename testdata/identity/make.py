"""Makes the certificates of these vectors anew: `python3 make.py`, with the package cryptography.

The keys are thrown away: nobody can be one of these clients. Afterwards
`UPDATE=1 cargo test -p countersign-gateway --test identity` writes what each format says of them.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FROM, UNTIL = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
MARKER = "# ---- expected, written by UPDATE=1\n"
UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
OIDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "UID": NameOID.USER_ID,
    "DC": NameOID.DOMAIN_COMPONENT,
    "C": NameOID.COUNTRY_NAME,
}
Rdn = list[tuple[str, str]]


@dataclass
class Vector:
    """A leaf. `subject` is as RFC 4514 writes it: the last RDN first."""

    note: str
    subject: list[Rdn] = field(default_factory=lambda: [[("CN", "alice")], [("O", "Example")]])
    dns: list[str] = field(default_factory=list)
    email: list[str] = field(default_factory=list)
    uri: list[str] = field(default_factory=list)
    ip: list[str] = field(default_factory=list)
    upn: list[str] = field(default_factory=list)
    cas: int = 0
    padding: int = 0
    refused: str | None = None
    string: _ASN1Type | None = None


VECTORS = {
    "plain": Vector(
        "an ordinary certificate, with a name of every type",
        dns=["alice.example.com"],
        email=["alice@example.com"],
        uri=["spiffe://example.com/alice"],
        ip=["192.0.2.7", "2001:db8::7"],
        upn=["alice@corp.example.com"],
    ),
    "chain": Vector("two CAs between leaf and trusted CA", cas=2, email=["alice@example.com"]),
    "separators": Vector(
        "a CN that spells further components",
        [[("CN", "alice,O=Admins+UID=0;x=y")], [("O", 'The "Ex" <ample> Co')]],
    ),
    "backslashes": Vector(
        "backslashes at ends and before quotes, which readers unescape in different ways",
        [[("CN", 'a\\"b\\')], [("OU", "\\")], [("O", '\\\\"')]],
        uri=["spiffe://example.com/a\\", 'spiffe://example.com/\\";Subject="CN=admin', "spiffe://example.com/b"],
        dns=["a\\"],
    ),
    "forged-xfcc": Vector(
        "what forges fields and elements of XFCC where values are not quoted",
        [[("CN", 'x";URI="spiffe://example.com/admin')], [("O", 'x",By="y')]],
        uri=['spiffe://a",Subject="CN=admin', "spiffe://a;DNS=admin.example.com", "https://a/?b=c,d"],
        dns=["x;Hash=00", "x,y"],
    ),
    "forged-traefik": Vector(
        "what forges fields of Traefik's Info, and entries of its SAN list",
        [[("CN", 'x";SAN="admin@example.com')], [("O", 'x",Subject="CN=admin')]],
        dns=['x";Issuer="CN=CA', "a,admin.example.com"],
        uri=["spiffe://a/,admin@example.com", "spiffe://a/b%20c"],
    ),
    "forged-types": Vector(
        "names that look like those of another type",
        dns=["root@example.com", "10.0.0.1", "spiffe://example.com/root", "alice.example.com"],
        uri=["root@example.com", "root.example.com", "::1", "spiffe://example.com/alice"],
        email=["spiffe://example.com/root@a", "root.example.com", "alice@example.com"],
    ),
    "spaces": Vector(
        "spaces and # at ends, which RFC 4514 has escaped",
        [[("CN", " #alice ")], [("OU", " ")], [("O", "#0403616263")], [("UID", "a  b")]],
    ),
    "multi-valued": Vector(
        "an RDN of two attributes, and a long subject",
        [[("CN", "alice"), ("UID", "17")], [("OU", "a+b")], [("DC", "example")], [("DC", "com")]],
    ),
    "non-ascii": Vector(
        "letters beyond ASCII: no header holds them",
        [[("CN", "Zo\u00eb \u611b")], [("O", "\u00dcn\u00efcode, \U0001f600")]],
    ),
    "no-subject": Vector("only alternative names", [], email=["alice@example.com"]),
    "other-string": Vector(
        "a BMPString, which is written as hexadecimal", [[("CN", "alice,O=x")]], string=_ASN1Type.BMPString
    ),
    "long": Vector(
        "a certificate for which the CAs no longer fit", uri=["spiffe://example.com/" + "a" * 1_500], cas=6, padding=400
    ),
    "too-long": Vector(
        "a certificate that does not fit itself",
        uri=["spiffe://example.com/" + "a" * 6_000],
        refused="client-cert-too-large",
    ),
    "newline-in-subject": Vector(
        "a header within a name",
        [[("CN", "alice\r\nX-SSL-Client-S-DN: CN=admin")]],
        refused="client-cert-malformed",
    ),
    "newline-in-teletex": Vector(
        "the same in an old string type",
        [[("CN", "alice\r\nX-SSL-Client-S-DN: CN=admin")]],
        string=_ASN1Type.T61String,
        refused="client-cert-malformed",
    ),
    "nul-in-subject": Vector(
        "a name that C ends early", [[("CN", "admin\0.example.net")]], refused="client-cert-malformed"
    ),
    "bidi-in-subject": Vector(
        "a name that is shown backwards", [[("CN", "alice\u202enimda")]], refused="client-cert-malformed"
    ),
    "newline-in-uri": Vector(
        "a header within an alternative name",
        uri=["spiffe://example.com/a\r\nClient-Cert: :AA==:"],
        refused="client-cert-malformed",
    ),
}


def name(rdns: list[Rdn], string: _ASN1Type | None) -> x509.Name:
    """In the order of DER."""
    return x509.Name(
        x509.RelativeDistinguishedName(
            [x509.NameAttribute(OIDS[key], value, string, _validate=False) for key, value in rdn]
        )
        for rdn in reversed(rdns)
    )


def alt_names(vector: Vector) -> list[x509.GeneralName]:
    return [
        *map(x509.DNSName._init_without_validation, vector.dns),
        *map(x509.RFC822Name._init_without_validation, vector.email),
        *map(x509.UniformResourceIdentifier._init_without_validation, vector.uri),
        *(x509.IPAddress(ipaddress.ip_address(ip)) for ip in vector.ip),
        *(x509.OtherName(UPN, b"\x0c" + bytes([len(upn)]) + upn.encode()) for upn in vector.upn),
    ]


def builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
    return made.serial_number(x509.random_serial_number()).not_valid_before(FROM).not_valid_after(UNTIL)


def make(vector: Vector) -> tuple[str, str]:
    """The trusted CA, and the chain, leaf first."""
    usage = dict.fromkeys(
        ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"], False
    )
    usage |= {"decipher_only": False}
    issuer = name([[("CN", 'Staff CA, the "first"')]], None)
    signer = ec.generate_private_key(ec.SECP256R1())
    chain: list[x509.Certificate] = []
    subject, key = issuer, signer
    for n in range(vector.cas + 1):
        made = builder(subject, issuer, key)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        made = made.add_extension(
            x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
        chain.insert(0, made.sign(signer, hashes.SHA256()))
        issuer, signer = subject, key
        subject, key = (
            name([[("CN", f"Staff CA {n + 1}{'.' * vector.padding}")]], None),
            ec.generate_private_key(ec.SECP256R1()),
        )
    leaf = builder(name(vector.subject, vector.string), issuer, key)
    leaf = leaf.add_extension(
        x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **usage), critical=True
    )
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    if names := alt_names(vector):
        leaf = leaf.add_extension(x509.SubjectAlternativeName(names), critical=not vector.subject)
    *cas, trusted = chain
    pem = [
        certificate.public_bytes(serialization.Encoding.PEM).decode()
        for certificate in (trusted, leaf.sign(signer, hashes.SHA256()), *cas)
    ]
    return pem[0], "".join(pem[1:])


def main() -> None:
    for code, vector in VECTORS.items():
        trusted, chain = make(vector)
        # JSON's strings are TOML's, but for escapes beyond the basic plane and DEL.
        text = [f"note = {json.dumps(vector.note)}"]
        if vector.refused:
            text.append(f"refused = {json.dumps(vector.refused)}")
        hexadecimal = vector.string is _ASN1Type.BMPString
        rdns = json.dumps([[list(pair) for pair in rdn] for rdn in vector.subject], ensure_ascii=False)
        text += [f"subject = {escaped(rdns)}", f"hexadecimal = {json.dumps(hexadecimal)}"]
        text += [f"{key} = {json.dumps(getattr(vector, key))}" for key in ("dns", "email", "uri", "ip")]
        text += [f"trusted = '''\n{trusted}'''", f"chain = '''\n{chain}'''", ""]
        Path(__file__).with_name(f"{code}.toml").write_text("\n".join(text) + MARKER)


def escaped(text: str) -> str:
    """ASCII, with the escapes of TOML."""
    return "".join(c if c.isascii() else f"\\U{ord(c):08X}" for c in text)


if __name__ == "__main__":
    main()

//! What stands in names.

use super::Kit;
use crate::{
    asn1::{BMP, PRINTABLE, TELETEX, UTF8, seq, tlv},
    keys::Key,
    make::{Spec, directory, dn, dns, email, ip, rdn, registered_id, upn, uri},
    row::{Made, Row, made},
};

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, .. } = kit;
    let leaf = |change: &dyn Fn(&mut Spec)| made(&[&root.leaf(|spec| change(spec))], &[root]);
    let cn = |tag: u8, text: &[u8]| leaf(&|spec| spec.subject = seq(&[rdn("CN", tag, text)]));
    let names = |names: &[Vec<u8>]| leaf(&|spec| spec.names(names));
    let ca_named = |name: &str| -> Made {
        let sub = root.ca("Sub", Key::p256(), |spec| spec.subject = dn(&[("CN", name)]));
        made(&[&sub.leaf(|_| {}), &sub.der], &[root])
    };
    let malformed = "client-cert-malformed";
    let odd = "control character or a direction mark";
    let both = "shows names as they are";
    vec![
        Row::refused(
            "cn-with-nul",
            "NUL in the CN (Envoy CVE-2026-47778)",
            cn(UTF8, b"alice\0.evil.test"),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused(
            "cn-with-crlf",
            "a line break in the CN, made to become a header",
            cn(UTF8, b"alice\r\nX-SSL-Client-S-DN: CN=admin"),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused("cn-with-escape", "an escape sequence for terminals", cn(UTF8, b"alice\x1b[2J"), malformed, odd)
            .unlike_both(both),
        Row::refused(
            "cn-turned-round",
            "U+202E, which shows what follows backwards",
            cn(UTF8, "alice\u{202e}nimda".as_bytes()),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused(
            "cn-with-an-invisible-space",
            "U+200B, by which two names look like one",
            cn(UTF8, "al\u{200b}ice".as_bytes()),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::accepted(
            "cn-with-separators",
            "`,` `+` `=` `\"` `;` in the CN: escaped as RFC 4514 has it",
            cn(UTF8, b"alice,O=Admins+UID=0;\"x\""),
        ),
        Row::accepted("cn-in-bmp", "a BMPString", cn(BMP, &utf16("Alice \u{c4}rger"))),
        Row::refused("cn-in-bmp-with-nul", "NUL in a BMPString", cn(BMP, &utf16("alice\0")), malformed, odd)
            .unlike_both(both),
        Row::refused(
            "cn-in-bmp-turned-round",
            "U+202E in a BMPString",
            cn(BMP, &utf16("alice\u{202e}nimda")),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused("cn-in-bmp-cut", "a BMPString of three bytes", cn(BMP, &[0, b'a', 0]), malformed, odd)
            .unlike_webpki("does not read subjects"),
        Row::accepted("cn-in-teletex", "a TeletexString of ASCII", cn(TELETEX, b"alice")),
        Row::refused("cn-in-teletex-with-nul", "NUL in a TeletexString", cn(TELETEX, b"alice\0"), malformed, odd)
            .unlike_both(both),
        Row::refused("cn-in-broken-utf-8", "a UTF8String that is none", cn(UTF8, b"alice\xff"), malformed, odd)
            .unlike_webpki(both),
        Row::refused(
            "cn-printable-beyond-ascii",
            "a PrintableString beyond ASCII",
            cn(PRINTABLE, b"alice\xe9"),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused("ca-with-nul", "NUL in the name of a CA", ca_named("Sub\0"), malformed, odd).unlike_both(both),
        Row::refused("dns-with-nul", "NUL in a dNSName", names(&[dns("app.example.com\0.evil.test")]), malformed, odd)
            .unlike_both("looks at it only to match a host"),
        Row::refused(
            "dns-beyond-ascii",
            "a dNSName beyond ASCII",
            names(&[dns("\u{e9}.example.com")]),
            malformed,
            "subjectAltName",
        )
        .unlike_both("looks at it only to match a host"),
        Row::refused(
            "email-with-crlf",
            "a line break in an rfc822Name",
            names(&[email("alice@example.com\r\nBcc: x")]),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused(
            "uri-with-newline",
            "a line break in a URI",
            names(&[uri("spiffe://example.com/a\nb")]),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused(
            "upn-with-nul",
            "NUL in a user principal name",
            names(&[upn("alice\0@example.com")]),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused(
            "directory-with-nul",
            "NUL in a directoryName",
            names(&[directory(dn(&[("CN", "a\0b")]))]),
            malformed,
            odd,
        )
        .unlike_both(both),
        Row::refused(
            "ip-of-five-bytes",
            "an iPAddress of five bytes",
            names(&[ip(&[10, 0, 0, 1, 0])]),
            malformed,
            "IP address",
        )
        .unlike_both("looks at it only to match a host"),
        Row::accepted(
            "every-form",
            "dNSName, rfc822Name, URI, iPAddress, UPN, directoryName, registeredID",
            names(&[
                dns("alice.example.com"),
                email("alice@example.com"),
                uri("spiffe://example.com/alice"),
                ip(&[10, 0, 0, 1]),
                upn("alice@example.com"),
                directory(dn(&[("CN", "alice")])),
                registered_id(),
            ]),
        ),
        Row::refused(
            "form-that-is-none",
            "a GeneralName with the tag 9",
            names(&[tlv(0x89, b"x")]),
            malformed,
            "subjectAltName",
        )
        .unlike_webpki("looks at it only to match a host"),
    ]
}

//! Which names a CA may give (RFC 5280 section 4.2.1.10).

use super::Kit;
use crate::{
    asn1::{PRINTABLE, TELETEX, UTF8, seq, tagged, tlv},
    keys::Key,
    make::{
        NAME_CONSTRAINTS, SAN, Spec, directory, dn, dns, email, ip, name_constraints, rdn, registered_id, upn, uri,
    },
    row::{Made, Row, made},
};

pub(super) const DNS_ONLY: &str = "knows constraints on dNSName and iPAddress only, and refuses whatever others bind";

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, .. } = kit;
    let below = |permitted: &[Vec<u8>], excluded: &[Vec<u8>], change: &dyn Fn(&mut Spec)| -> Made {
        let sub = root.ca("Sub", Key::p256(), |spec| spec.constrain(permitted, excluded));
        made(&[&sub.leaf(|spec| change(spec)), &sub.der], &[root])
    };
    let permitted = |base: Vec<u8>, name: Vec<u8>| below(&[base], &[], &|spec| spec.names(std::slice::from_ref(&name)));
    let excluded = |base: Vec<u8>, name: Vec<u8>| below(&[], &[base], &|spec| spec.names(std::slice::from_ref(&name)));
    let subject = |base: Vec<u8>, name: Vec<u8>| {
        below(&[base], &[], &|spec| {
            spec.subject.clone_from(&name);
            spec.remove(SAN);
        })
    };
    let not_subject = |base: Vec<u8>, name: Vec<u8>| {
        below(&[], &[base], &|spec| {
            spec.subject.clone_from(&name);
            spec.remove(SAN);
        })
    };
    let odd = |value: Vec<u8>| -> Made {
        let sub = root.ca("Sub", Key::p256(), |spec| spec.set(NAME_CONSTRAINTS, true, value));
        made(&[&sub.leaf(|_| {}), &sub.der], &[root])
    };
    let no = |name, shows, made, said| Row::refused(name, shows, made, "client-cert-name-constraint", said);
    let ok = Row::accepted;
    let (out, among, unclear) = ("is not among", "is among the names", "cannot be compared");
    let example = || directory(dn(&[("C", "DE"), ("O", "Example")]));
    let named = |o: &str| dn(&[("C", "DE"), ("O", o), ("CN", "alice")]);

    vec![
        ok("dns-inside", "a dNSName below the permitted one", permitted(dns("example.com"), dns("a.example.com"))),
        ok(
            "dns-itself",
            "the permitted dNSName itself, in another case",
            permitted(dns("example.com"), dns("EXAMPLE.com")),
        ),
        no("dns-outside", "another dNSName", permitted(dns("example.com"), dns("example.org")), out),
        no(
            "dns-look-alike",
            "a dNSName that only ends alike",
            permitted(dns("example.com"), dns("badexample.com")),
            out,
        ),
        no("dns-excluded", "an excluded dNSName", excluded(dns("example.com"), dns("a.example.com")), among),
        ok("dns-not-excluded", "another than the excluded one", excluded(dns("example.com"), dns("a.example.org"))),
        ok(
            "dns-leading-dot",
            "a subtree with a leading dot, for names below",
            permitted(dns(".example.com"), dns("a.example.com")),
        ),
        no(
            "dns-leading-dot-itself",
            "the same, for the name itself",
            permitted(dns(".example.com"), dns("example.com")),
            out,
        ),
        ok(
            "dns-wildcard-inside",
            "a wildcard below the permitted name",
            permitted(dns("example.com"), dns("*.example.com")),
        ),
        no(
            "dns-wildcard-wider",
            "a wildcard that stands for more than the permitted name (RUSTSEC-2026-0099)",
            permitted(dns("a.example.com"), dns("*.example.com")),
            unclear,
        ),
        no(
            "dns-wildcard-over-excluded",
            "a wildcard that stands for an excluded name too",
            excluded(dns("a.example.com"), dns("*.example.com")),
            unclear,
        )
        .unlike_openssl("takes `*` for a letter"),
        no(
            "dns-trailing-dot",
            "a dNSName with a trailing dot is read in two ways",
            permitted(dns("example.com"), dns("a.example.com.")),
            unclear,
        ),
        ok(
            "dns-none-to-compare",
            "no dNSName at all below a dNSName constraint",
            permitted(dns("example.com"), email("alice@evil.org")),
        ),
        ok(
            "dns-in-the-cn",
            "a CN that looks like a DNS name is none (RUSTSEC-2026-0044)",
            subject(dns("example.com"), dn(&[("CN", "evil.org")])),
        )
        .unlike_openssl("takes a CN for a DNS name where there is no dNSName"),
        ok(
            "dns-in-a-uri",
            "a DNS name inside a URI is none (CVE-2022-21656)",
            permitted(dns("example.com"), uri("https://evil.org/")),
        ),
        no(
            "dns-everything-excluded",
            "an empty excluded dNSName: none may be given",
            excluded(dns(""), dns("example.com")),
            among,
        ),
        ok(
            "ip-inside",
            "an address of the permitted network",
            permitted(ip(&[10, 0, 0, 0, 255, 0, 0, 0]), ip(&[10, 1, 2, 3])),
        ),
        no("ip-outside", "another address", permitted(ip(&[10, 0, 0, 0, 255, 0, 0, 0]), ip(&[11, 1, 2, 3])), out),
        no(
            "ip-excluded",
            "an address of an excluded network",
            excluded(ip(&[10, 0, 0, 0, 255, 0, 0, 0]), ip(&[10, 1, 2, 3])),
            among,
        ),
        no(
            "ip-of-the-other-family",
            "an IPv6 address, where IPv4 ones are permitted: one form of name",
            permitted(ip(&[10, 0, 0, 0, 255, 0, 0, 0]), ip(&[0xfd; 16])),
            out,
        ),
        no(
            "ip-mapped",
            "an excluded IPv4 address, written as IPv6",
            excluded(ip(&[10, 0, 0, 0, 255, 0, 0, 0]), ip(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1])),
            unclear,
        )
        .unlike_both("does not know that the two are one"),
        no(
            "ip-mask-with-holes",
            "a mask that is no prefix",
            permitted(ip(&[10, 0, 0, 0, 255, 0, 255, 0]), ip(&[10, 1, 0, 3])),
            "cannot be read",
        )
        .unlike_openssl("takes any mask"),
        ok(
            "email-at-the-host",
            "an address at the permitted host",
            permitted(email("example.com"), email("alice@EXAMPLE.com")),
        )
        .unlike_webpki(DNS_ONLY),
        no(
            "email-below-the-host",
            "an address below the permitted host",
            permitted(email("example.com"), email("alice@mail.example.com")),
            out,
        ),
        ok(
            "email-below-the-domain",
            "an address below the permitted domain",
            permitted(email(".example.com"), email("alice@mail.example.com")),
        )
        .unlike_webpki(DNS_ONLY),
        no(
            "email-at-the-domain",
            "an address at the domain below which they are permitted",
            permitted(email(".example.com"), email("alice@example.com")),
            out,
        ),
        ok("email-mailbox", "the permitted mailbox", permitted(email("alice@example.com"), email("alice@example.com")))
            .unlike_webpki(DNS_ONLY),
        no(
            "email-another-mailbox",
            "another mailbox",
            permitted(email("alice@example.com"), email("bob@example.com")),
            out,
        ),
        no(
            "email-mailbox-in-another-case",
            "an excluded mailbox in another case, which most servers deliver alike",
            excluded(email("alice@example.com"), email("Alice@example.com")),
            unclear,
        )
        .unlike_openssl("tells Alice from alice, as RFC 5280 section 7.5 does"),
        no(
            "email-excluded",
            "an address at an excluded host",
            excluded(email("example.com"), email("alice@example.com")),
            among,
        ),
        ok("email-not-excluded", "an address at another host", excluded(email("evil.org"), email("alice@example.com")))
            .unlike_webpki(DNS_ONLY),
        no(
            "email-with-two-ats",
            "an address that two programs split in two ways",
            permitted(email("example.com"), email("alice@evil.org@example.com")),
            unclear,
        )
        .unlike_openssl("splits it at the last @"),
        no(
            "email-quoted",
            "a quoted local part",
            excluded(email("alice@example.com"), email("\"alice\"@example.com")),
            unclear,
        )
        .unlike_openssl("compares the quotes as letters"),
        no(
            "email-in-the-subject",
            "emailAddress in the subject",
            subject(email("example.com"), dn(&[("CN", "alice"), ("E", "alice@evil.org")])),
            out,
        )
        .unlike_webpki("does not read subjects"),
        ok(
            "email-in-the-subject-inside",
            "the same, at the permitted host",
            subject(email("example.com"), dn(&[("CN", "alice"), ("E", "alice@example.com")])),
        ),
        no(
            "email-in-the-subject-beside-names",
            "emailAddress in the subject, beside a good rfc822Name",
            below(&[email("example.com")], &[], &|spec| spec.subject = dn(&[("CN", "alice"), ("E", "root@evil.org")])),
            out,
        ),
        ok(
            "uri-at-the-host",
            "a SPIFFE name of the permitted trust domain",
            permitted(uri("example.com"), uri("spiffe://example.com/staff/alice")),
        )
        .unlike_webpki(DNS_ONLY),
        no(
            "uri-at-another-host",
            "a SPIFFE name of another trust domain",
            permitted(uri("example.com"), uri("spiffe://evil.org/staff/alice")),
            out,
        ),
        no(
            "uri-with-the-host-in-its-path",
            "the permitted host, elsewhere in the URI",
            permitted(uri("example.com"), uri("spiffe://evil.org/@example.com")),
            out,
        ),
        no(
            "uri-with-the-host-as-user",
            "the permitted host, as the user of another",
            permitted(uri("example.com"), uri("https://example.com@evil.org/")),
            out,
        ),
        ok(
            "uri-below-the-domain",
            "a host below the permitted domain",
            permitted(uri(".example.com"), uri("https://a.example.com/")),
        )
        .unlike_webpki(DNS_ONLY),
        no(
            "uri-excluded",
            "a URI of an excluded host (RUSTSEC-2026-0098)",
            excluded(uri("example.com"), uri("https://example.com/")),
            among,
        ),
        ok("uri-not-excluded", "a URI of another host", excluded(uri("evil.org"), uri("https://example.com/")))
            .unlike_webpki(DNS_ONLY),
        no(
            "uri-without-a-host",
            "a URI without an authority, which must be refused",
            excluded(uri("example.com"), uri("urn:uuid:0")),
            unclear,
        ),
        no(
            "uri-of-an-address",
            "a URI with an IP address, which must be refused",
            excluded(uri("example.com"), uri("https://10.0.0.1/")),
            unclear,
        )
        .unlike_openssl("compares the address as a name"),
        no(
            "uri-escaped-host",
            "an excluded host, escaped",
            excluded(uri("example.com"), uri("https://ex%61mple.com/")),
            unclear,
        )
        .unlike_openssl("compares the escape as letters"),
        ok("name-inside", "a subject that begins with the permitted name", subject(example(), named("Example")))
            .unlike_webpki(DNS_ONLY),
        ok(
            "name-in-another-case",
            "the same in another case, with more spaces and another string type",
            subject(
                example(),
                seq(&[rdn("C", PRINTABLE, b"de"), rdn("O", PRINTABLE, b" EXAMPLE "), rdn("CN", UTF8, b"alice")]),
            ),
        )
        .unlike_webpki(DNS_ONLY),
        no("name-outside", "another organisation", subject(example(), named("Other")), out),
        no("name-too-short", "a subject that is only the beginning", subject(example(), dn(&[("C", "DE")])), out),
        no(
            "name-in-another-order",
            "the same components in another order",
            subject(example(), dn(&[("O", "Example"), ("C", "DE")])),
            out,
        ),
        no("name-excluded", "an excluded organisation", not_subject(example(), named("EXAMPLE")), among),
        ok("name-not-excluded", "another than the excluded one", not_subject(example(), named("Other")))
            .unlike_webpki(DNS_ONLY),
        no(
            "name-excluded-composed",
            "an excluded name with a letter composed of two (U+0308)",
            not_subject(directory(dn(&[("O", "Zo\u{eb}")])), dn(&[("O", "Zoe\u{308}"), ("CN", "x")])),
            among,
        )
        .unlike_openssl("does not normalise letters"),
        no(
            "name-excluded-full-width",
            "an excluded name in full-width letters",
            not_subject(directory(dn(&[("O", "Evil")])), dn(&[("O", "\u{ff25}\u{ff56}\u{ff49}\u{ff4c}"), ("CN", "x")])),
            among,
        )
        .unlike_openssl("does not normalise letters"),
        no(
            "name-in-an-unknown-code",
            "an excluded name against a TeletexString beyond ASCII",
            not_subject(directory(dn(&[("O", "\u{e9}")])), seq(&[rdn("O", TELETEX, b"\xe9"), rdn("CN", UTF8, b"x")])),
            unclear,
        ),
        no(
            "name-in-alternative-names",
            "a directoryName outside",
            below(&[example()], &[], &|spec| {
                spec.subject = named("Example");
                spec.names(&[directory(named("Other"))]);
            }),
            out,
        ),
        ok(
            "name-empty",
            "no subject: nothing to compare",
            below(&[example()], &[], &|spec| {
                spec.subject = seq(&[]);
                spec.set(SAN, true, seq(&[email("alice@example.com")]));
            }),
        )
        .unlike_webpki(DNS_ONLY),
        no(
            "upn-constrained",
            "a UPN below a constraint on otherName, which is not compared here",
            permitted(upn("example.com"), upn("alice@example.com")),
            unclear,
        ),
        ok(
            "upn-not-constrained",
            "a UPN below constraints on other forms",
            permitted(email("example.com"), upn("alice@evil.org")),
        ),
        no(
            "registered-id-constrained",
            "a registeredID below a constraint on that form",
            permitted(registered_id(), registered_id()),
            unclear,
        ),
        ok(
            "constrained-but-absent",
            "a constraint on otherName, and no such name",
            permitted(upn("example.com"), email("alice@example.com")),
        ),
        no(
            "mailbox-beyond-ascii",
            "SmtpUTF8Mailbox below an rfc822Name constraint (RFC 9598)",
            excluded(email("example.com"), smtp_utf8("al\u{ef}ce@evil.org")),
            unclear,
        )
        .unlike_openssl("compares it with what follows the @")
        .unlike_webpki("does not know that rfc822Name constraints bind it"),
        ok(
            "one-of-two-permitted",
            "two permitted subtrees of one form",
            below(&[dns("example.org"), dns("example.com")], &[], &|spec| spec.names(&[dns("a.example.com")])),
        ),
        no(
            "permitted-and-excluded",
            "permitted, and excluded further down",
            below(&[dns("example.com")], &[dns("a.example.com")], &|spec| spec.names(&[dns("x.a.example.com")])),
            among,
        ),
        no(
            "second-name-outside",
            "one good name and one bad one",
            below(&[dns("example.com")], &[], &|spec| spec.names(&[dns("example.com"), dns("evil.org")])),
            out,
        ),
        no(
            "constraint-with-a-minimum",
            "a subtree with a minimum, which RFC 5280 leaves out",
            odd(seq(&[tagged(0, &[seq(&[email("example.com"), tlv(0x80, &[1])])])])),
            "minimum or a maximum",
        ),
        no("constraints-empty", "nameConstraints without a subtree", odd(seq(&[])), "cannot be read")
            .unlike_both("finds no limit in it"),
        no(
            "constraint-that-is-no-host",
            "a URI as the base of a URI subtree",
            odd(name_constraints(&[uri("https://example.com/")], &[])),
            "cannot be read",
        )
        .unlike_both("compares it with nothing here"),
        no(
            "constraint-of-another-kind",
            "a constraint on x400Address",
            odd(name_constraints(&[tlv(0xa3, &seq(&[]))], &[])),
            "nameConstraints",
        )
        .unlike_both("no such name is there"),
    ]
}

fn smtp_utf8(address: &str) -> Vec<u8> {
    tagged(0, &[crate::asn1::oid("1.3.6.1.5.5.7.8.9"), tagged(0, &[tlv(UTF8, address.as_bytes())])])
}

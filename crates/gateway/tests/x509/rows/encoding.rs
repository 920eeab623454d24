//! Versions, serial numbers and DER.

use super::Kit;
use crate::{
    asn1::seq,
    keys::Key,
    make::{Ca, SAN, Spec, email},
    row::{Made, Row, made},
};

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, .. } = kit;
    let leaf = |change: &dyn Fn(&mut Spec)| made(&[&root.leaf(|spec| change(spec))], &[root]);
    let serial = |bytes: &[u8]| leaf(&|spec| spec.serial = bytes.to_vec());
    let version = |spec: &mut Spec, version: u8| {
        spec.version = version;
        spec.extensions.clear();
    };
    let old_ca = |n: u8| -> Made {
        let sub = root.ca("Sub", Key::p256(), |spec| version(spec, n));
        made(&[&sub.leaf(|_| {}), &sub.der], &[root])
    };
    let old_root = Ca::root("Old Root", Key::p256(), |spec| version(spec, 1));
    let nobody = || seq(&[]);
    let malformed = "client-cert-malformed";
    vec![
        Row::refused(
            "version-1",
            "a certificate without extensions, as `openssl x509 -req` makes it",
            leaf(&|spec| version(spec, 1)),
            malformed,
            "version 1 certificate: issue it with extensions",
        )
        .unlike_openssl("a version 1 certificate is not limited, so it may be a client"),
        Row::refused("version-2", "version 2", leaf(&|spec| version(spec, 2)), malformed, "version 2")
            .unlike_openssl("as with version 1"),
        Row::refused(
            "version-1-with-extensions",
            "version 1 with the extensions of version 3",
            leaf(&|spec| spec.version = 1),
            malformed,
            "version 1",
        ),
        Row::refused("version-1-ca", "a CA of version 1", old_ca(1), malformed, "a CA of CN=alice"),
        Row::unloadable(
            "version-1-anchor",
            "an anchor of version 1: nothing says that it is a CA",
            made(&[&old_root.leaf(|_| {})], &[&old_root]),
            "version 1",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::accepted(
            "serial-zero",
            "serial number 0, which CAs must not give; RFC 5280 section 4.1.2.2 asks for grace",
            serial(&[0]),
        ),
        Row::refused(
            "serial-negative",
            "serial number -1: in hexadecimal the same as 255, and deny lists are hexadecimal",
            serial(&[0xff]),
            malformed,
            "serial number is negative",
        )
        .unlike_both("takes any serial number"),
        Row::accepted("serial-of-20-bytes", "the longest", serial(&[0x7f; 20])),
        Row::accepted(
            "serial-of-20-bytes-and-a-sign",
            "20 bytes whose first has its high bit set",
            serial(&[&[0][..], &[0xff; 20]].concat()),
        ),
        Row::refused(
            "serial-of-21-bytes",
            "longer than RFC 5280 allows",
            serial(&[0x7f; 21]),
            malformed,
            "serial number",
        )
        .unlike_both("takes any serial number"),
        Row::refused(
            "tail",
            "bytes after the certificate",
            leaf(&|spec| spec.spoil = Some(|der| der.push(0))),
            malformed,
            "",
        )
        .unlike_openssl("reads a file up to the certificate's end"),
        Row::refused(
            "cut-off",
            "half a certificate",
            leaf(&|spec| spec.spoil = Some(|der| der.truncate(200))),
            malformed,
            "",
        ),
        Row::refused("nothing", "no bytes at all", leaf(&|spec| spec.spoil = Some(|der| der.clear())), malformed, ""),
        Row::refused(
            "long-length",
            "BER: a length in more bytes than it needs",
            leaf(&|spec| {
                spec.spoil = Some(|der| {
                    assert_eq!(der[1], 0x82);
                    der[1] = 0x83;
                    der.insert(2, 0);
                });
            }),
            malformed,
            "",
        )
        .unlike_openssl("reads BER around the signed part"),
        Row::refused(
            "names-nobody",
            "neither subject nor alternative names",
            leaf(&|spec| {
                spec.subject = nobody();
                spec.remove(SAN);
            }),
            malformed,
            "names nobody",
        )
        .unlike_webpki("whom it names is the caller's business"),
        Row::accepted(
            "named-by-alternative-name",
            "no subject, and a critical subjectAltName (RFC 5280 section 4.1.2.6)",
            leaf(&|spec| {
                spec.subject = nobody();
                spec.set(SAN, true, seq(&[email("alice@example.com")]));
            }),
        ),
        Row::accepted(
            "named-by-alternative-name-not-critical",
            "the same, not critical, as CAs must not write it: read in one way",
            leaf(&|spec| spec.subject = nobody()),
        )
        .unlike_openssl("-x509_strict wants it critical"),
        Row::refused(
            "issuer-without-a-name",
            "an empty issuer (RFC 5280 section 4.1.2.4)",
            {
                let root = Ca { name: nobody(), ..root.clone() };
                let root = Ca::root("", Key::p256(), |spec| {
                    spec.subject = root.name.clone();
                    spec.issuer = root.name;
                });
                let other = kit.root.clone();
                made(&[&Ca { name: nobody(), ..root }.leaf(|_| {})], &[&other])
            },
            malformed,
            "names no issuer",
        ),
        Row::accepted(
            "unique-identifier",
            "subjectUniqueID, which RFC 5280 section 4.1.2.8 asks to be read",
            leaf(&|spec| spec.unique_id = true),
        )
        .unlike_webpki("does not read it"),
    ]
}

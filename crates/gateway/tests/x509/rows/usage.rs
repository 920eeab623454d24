//! What a certificate may be used for.

use super::Kit;
use crate::{
    asn1::{oid, seq},
    keys::Key,
    make::{
        ANY, BASIC, CERT_SIGN, CLIENT, CRL_SIGN, Ca, DIGITAL_SIGNATURE, EKU, EMAIL, KEY_ENCIPHERMENT, KEY_USAGE,
        SERVER, Spec, basic,
    },
    row::{Made, Row, made},
};

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, sub, .. } = kit;
    let leaf = |change: &dyn Fn(&mut Spec)| made(&[&root.leaf(|spec| change(spec))], &[root]);
    let ca = |change: &dyn Fn(&mut Spec)| -> Made {
        let sub = root.ca("Sub", Key::p256(), |spec| change(spec));
        made(&[&sub.leaf(|_| {}), &sub.der], &[root])
    };
    let anchor = |change: &dyn Fn(&mut Spec)| -> Made {
        let root = Ca::root("Odd Root", Key::p256(), |spec| change(spec));
        made(&[&root.leaf(|_| {})], &[&root])
    };
    // Below a root with this pathLenConstraint: one CA, or two.
    let limited = |root_len: Option<u16>, sub_len: Option<u16>, two: bool| -> Made {
        let root = Ca::root("Short Root", Key::p256(), |spec| spec.set(BASIC, true, basic(true, root_len)));
        let sub = root.ca("Sub", Key::p256(), |spec| spec.set(BASIC, true, basic(true, sub_len)));
        if !two {
            return made(&[&sub.leaf(|_| {}), &sub.der], &[&root]);
        }
        let low = sub.ca("Low", Key::p256(), |_| {});
        made(&[&low.leaf(|_| {}), &low.der, &sub.der], &[&root])
    };
    let renewed = {
        let root = Ca::root("Short Root", Key::p256(), |spec| spec.set(BASIC, true, basic(true, Some(0))));
        let renewed = root.ca("Short Root", Key::p256(), |spec| spec.set(BASIC, true, basic(true, Some(0))));
        made(&[&renewed.leaf(|_| {}), &renewed.der], &[&root])
    };
    let wrong = "client-cert-wrong-usage";
    vec![
        Row::refused(
            "leaf-for-servers",
            "extendedKeyUsage serverAuth (CVE-2022-21657)",
            leaf(&|spec| spec.purposes(&[SERVER])),
            wrong,
            "extendedKeyUsage clientAuth",
        ),
        Row::refused(
            "leaf-for-mail",
            "extendedKeyUsage emailProtection",
            leaf(&|spec| spec.purposes(&[EMAIL])),
            wrong,
            "clientAuth",
        ),
        Row::accepted("leaf-for-both", "serverAuth and clientAuth", leaf(&|spec| spec.purposes(&[SERVER, CLIENT]))),
        Row::accepted(
            "leaf-for-whatever",
            "no extendedKeyUsage limits nothing (RFC 5280 section 4.2.1.12)",
            leaf(&|spec| spec.remove(EKU)),
        ),
        Row::refused(
            "leaf-for-any-purpose",
            "anyExtendedKeyUsage alone: chosen to be refused, as the RFC allows",
            leaf(&|spec| spec.purposes(&[ANY])),
            wrong,
            "clientAuth",
        ),
        Row::accepted(
            "leaf-for-any-purpose-and-clients",
            "anyExtendedKeyUsage and clientAuth",
            leaf(&|spec| spec.purposes(&[ANY, CLIENT])),
        ),
        Row::refused(
            "leaf-for-nothing",
            "an empty extendedKeyUsage",
            leaf(&|spec| spec.purposes(&[])),
            wrong,
            "clientAuth",
        ),
        Row::accepted(
            "leaf-purpose-critical",
            "a critical extendedKeyUsage",
            leaf(&|spec| spec.set(EKU, true, seq(&[oid(CLIENT)]))),
        ),
        Row::refused(
            "leaf-that-encrypts",
            "keyUsage keyEncipherment alone",
            leaf(&|spec| spec.usage(&[KEY_ENCIPHERMENT])),
            wrong,
            "digitalSignature",
        )
        .unlike_webpki("ignores keyUsage"),
        Row::accepted("leaf-without-key-usage", "no keyUsage limits nothing", leaf(&|spec| spec.remove(KEY_USAGE))),
        Row::accepted(
            "leaf-that-signs-certificates",
            "keyCertSign without cA: a contradiction, but no right to issue",
            leaf(&|spec| spec.usage(&[DIGITAL_SIGNATURE, CERT_SIGN])),
        )
        .unlike_openssl("-x509_strict wants cA with keyCertSign"),
        Row::refused(
            "leaf-that-is-a-ca",
            "basicConstraints cA on the client's certificate",
            leaf(&|spec| spec.set(BASIC, true, basic(true, None))),
            wrong,
            "a CA certificate",
        )
        .unlike_openssl("lets a CA's certificate be a client's"),
        Row::accepted(
            "leaf-that-says-no-ca",
            "basicConstraints without cA",
            leaf(&|spec| spec.set(BASIC, true, basic(false, None))),
        ),
        Row::accepted(
            "leaf-with-a-path-length",
            "pathLenConstraint without cA: means nothing",
            leaf(&|spec| spec.set(BASIC, true, basic(false, Some(0)))),
        )
        .unlike_openssl("-x509_strict wants cA with pathLenConstraint"),
        Row::refused(
            "ca-for-servers",
            "a CA with extendedKeyUsage serverAuth",
            ca(&|spec| spec.purposes(&[SERVER])),
            wrong,
            "clientAuth",
        ),
        Row::accepted("ca-for-clients", "a CA with extendedKeyUsage clientAuth", ca(&|spec| spec.purposes(&[CLIENT]))),
        Row::refused(
            "ca-for-any-purpose",
            "a CA with anyExtendedKeyUsage alone: refused as on a leaf",
            ca(&|spec| spec.purposes(&[ANY])),
            wrong,
            "clientAuth",
        ),
        Row::refused(
            "ca-without-basic-constraints",
            "a CA that does not say that it is one",
            ca(&|spec| spec.remove(BASIC)),
            wrong,
            "may not issue any certificate",
        ),
        Row::refused(
            "ca-that-says-no-ca",
            "basicConstraints without cA, on an issuer",
            ca(&|spec| spec.set(BASIC, true, basic(false, None))),
            wrong,
            "may not issue any certificate",
        ),
        Row::accepted(
            "ca-basic-constraints-not-critical",
            "basicConstraints that are not critical: understood all the same",
            ca(&|spec| spec.set(BASIC, false, basic(true, None))),
        )
        .unlike_openssl("-x509_strict wants them critical on CAs"),
        Row::refused(
            "ca-that-signs-no-certificates",
            "a CA whose keyUsage leaves out keyCertSign",
            ca(&|spec| spec.usage(&[CRL_SIGN, DIGITAL_SIGNATURE])),
            wrong,
            "keyUsage",
        )
        .unlike_webpki("ignores keyUsage"),
        Row::accepted("ca-without-key-usage", "a CA without keyUsage", ca(&|spec| spec.remove(KEY_USAGE)))
            .unlike_openssl("-x509_strict wants keyUsage on CAs"),
        Row::unloadable(
            "anchor-no-ca",
            "an anchor without basicConstraints",
            anchor(&|spec| spec.remove(BASIC)),
            "no CA certificate",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::unloadable(
            "anchor-that-signs-no-certificates",
            "an anchor whose keyUsage leaves out keyCertSign",
            anchor(&|spec| spec.usage(&[CRL_SIGN])),
            "may not sign certificates",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::unloadable(
            "anchor-for-servers",
            "an anchor with extendedKeyUsage serverAuth",
            anchor(&|spec| spec.purposes(&[SERVER])),
            "not for clients",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::accepted("path-length-enough", "pathLenConstraint 1 above one CA", limited(Some(1), None, false)),
        Row::refused(
            "path-length-of-the-anchor",
            "pathLenConstraint 0 on the anchor",
            limited(Some(0), None, false),
            "client-cert-chain-too-long",
            "CN=Short Root,O=Example limits",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::refused(
            "path-length-of-a-ca",
            "pathLenConstraint 0 on a CA with a CA below it",
            limited(None, Some(0), true),
            "client-cert-chain-too-long",
            "CN=Sub,O=Example limits",
        ),
        Row::refused(
            "path-length-not-raised",
            "pathLenConstraint 1, and 9 on the CA below it",
            limited(Some(1), Some(9), true),
            "client-cert-chain-too-long",
            "CN=Short Root",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::accepted(
            "path-length-of-the-last-ca",
            "pathLenConstraint 0 right above the leaf",
            limited(None, Some(0), false),
        ),
        Row::accepted(
            "path-length-and-a-renewed-key",
            "a CA that issued itself a new key does not count (RFC 5280 section 6.1.4)",
            renewed,
        ),
        Row::refused(
            "path-length-beyond-a-byte",
            "pathLenConstraint 300: no real chain, and not read",
            ca(&|spec| spec.set(BASIC, true, basic(true, Some(300)))),
            "client-cert-malformed",
            "basicConstraints",
        )
        .unlike_openssl("reads any number"),
        Row::accepted("usage-all-right", "a CA with all of it", made(&[&sub.leaf(|_| {}), &sub.der], &[root])),
    ]
}

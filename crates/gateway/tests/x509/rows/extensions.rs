//! Extensions: unknown, repeated, malformed.

use super::Kit;
use crate::{
    asn1::{OCTET_STRING, SEQUENCE, int, oid, seq, tagged, tlv},
    keys::Key,
    make::{AKI, BASIC, Ca, EKU, KEY_USAGE, SAN, Spec, UNKNOWN, dns, email, name_constraints, uri},
    row::{Made, Row, made},
};

const CERTIFICATE_POLICIES: &str = "2.5.29.32";
const POLICY_MAPPINGS: &str = "2.5.29.33";
const POLICY_CONSTRAINTS: &str = "2.5.29.36";
const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
const ISSUER_ALT_NAME: &str = "2.5.29.18";
const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, .. } = kit;
    let leaf = |change: &dyn Fn(&mut Spec)| made(&[&root.leaf(|spec| change(spec))], &[root]);
    let ca = |change: &dyn Fn(&mut Spec)| -> Made {
        let sub = root.ca("Sub", Key::p256(), |spec| change(spec));
        made(&[&sub.leaf(|_| {}), &sub.der], &[root])
    };
    let anchor = |change: &dyn Fn(&mut Spec)| -> Made {
        let root = Ca::root("Odd Root", Key::p256(), |spec| change(spec));
        made(&[&root.leaf(|_| {})], &[&root])
    };
    let policies = || seq(&[seq(&[oid(UNKNOWN)])]);
    let demand = || seq(&[tlv(0x80, &[0])]);
    let point = || seq(&[seq(&[tagged(0, &[tagged(0, &[uri("http://crl.example.com/a.crl")])])])]);
    let malformed = "client-cert-malformed";
    let unknown = "which is not understood";
    vec![
        Row::refused(
            "critical-unknown-on-leaf",
            "an unknown critical extension on the leaf (RFC 5280 section 4.2)",
            leaf(&|spec| spec.set(UNKNOWN, true, int(1))),
            malformed,
            unknown,
        ),
        Row::refused(
            "critical-unknown-on-ca",
            "the same on a CA",
            ca(&|spec| spec.set(UNKNOWN, true, int(1))),
            malformed,
            unknown,
        ),
        Row::unloadable(
            "critical-unknown-on-anchor",
            "the same on an anchor",
            anchor(&|spec| spec.set(UNKNOWN, true, int(1))),
            "is not understood",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::accepted(
            "unknown-not-critical",
            "unknown and not critical",
            leaf(&|spec| spec.set(UNKNOWN, false, int(1))),
        ),
        Row::accepted(
            "policies-critical",
            "critical certificatePolicies: any policy will do",
            leaf(&|spec| spec.set(CERTIFICATE_POLICIES, true, policies())),
        )
        .unlike_webpki("does not know policies"),
        Row::refused(
            "policy-demanded",
            "critical policyConstraints on a CA: policies are not processed",
            ca(&|spec| spec.set(POLICY_CONSTRAINTS, true, demand())),
            malformed,
            unknown,
        )
        .unlike_openssl("processes policies when asked to (`-policy_check`), and was not"),
        Row::refused(
            "policy-inhibited",
            "critical inhibitAnyPolicy on a CA",
            ca(&|spec| spec.set(INHIBIT_ANY_POLICY, true, int(0))),
            malformed,
            unknown,
        )
        .unlike_openssl("processes policies when asked to (`-policy_check`), and was not"),
        Row::refused(
            "policy-mapped",
            "critical policyMappings on a CA",
            ca(&|spec| spec.set(POLICY_MAPPINGS, true, seq(&[seq(&[oid(UNKNOWN), oid("1.3.6.1.4.1.32473.2")])]))),
            malformed,
            unknown,
        )
        .unlike_openssl("processes policies when asked to (`-policy_check`), and was not"),
        Row::refused(
            "issuer-alternative-name-critical",
            "a critical issuerAltName, which nothing here reads",
            leaf(&|spec| spec.set(ISSUER_ALT_NAME, true, seq(&[dns("ca.example.com")]))),
            malformed,
            unknown,
        ),
        Row::refused(
            "key-identifier-critical",
            "a critical authorityKeyIdentifier, which CAs must not write",
            leaf(&|spec| spec.set(AKI, true, seq(&[tlv(0x80, &[1; 20])]))),
            malformed,
            unknown,
        ),
        Row::accepted(
            "key-identifier-of-nobody",
            "an authorityKeyIdentifier that fits no CA: a hint, while the signature proves",
            leaf(&|spec| spec.set(AKI, false, seq(&[tlv(0x80, &[1; 20])]))),
        )
        .unlike_openssl("takes the hint for a condition"),
        Row::accepted(
            "distribution-point-critical",
            "critical cRLDistributionPoints: where to look is configured here",
            leaf(&|spec| spec.set(CRL_DISTRIBUTION_POINTS, true, point())),
        ),
        Row::refused(
            "names-twice",
            "subjectAltName twice (RFC 5280 section 4.2)",
            leaf(&|spec| spec.repeat(SAN)),
            malformed,
            "occurs twice",
        ),
        Row::refused("usage-twice", "keyUsage twice", leaf(&|spec| spec.repeat(KEY_USAGE)), malformed, "occurs twice"),
        Row::refused(
            "unknown-twice",
            "an unknown extension twice",
            leaf(&|spec| {
                spec.set(UNKNOWN, false, int(1));
                spec.repeat(UNKNOWN);
            }),
            malformed,
            "occurs twice",
        )
        .unlike_both("looks only at extensions that it knows"),
        Row::refused(
            "constraints-twice-on-ca",
            "nameConstraints twice, of which each reader could take another",
            ca(&|spec| {
                spec.constrain(&[email("example.com")], &[]);
                spec.extensions.push((
                    crate::make::NAME_CONSTRAINTS.into(),
                    true,
                    name_constraints(&[email("evil.org")], &[]),
                ));
            }),
            malformed,
            "occurs twice",
        ),
        Row::refused(
            "basic-twice-on-ca",
            "basicConstraints twice",
            ca(&|spec| spec.repeat(BASIC)),
            malformed,
            "occurs twice",
        ),
        Row::refused(
            "names-empty",
            "a subjectAltName without a name",
            leaf(&|spec| spec.names(&[])),
            malformed,
            "there is no name in it",
        )
        .unlike_webpki("lets it be"),
        Row::refused(
            "names-malformed",
            "a subjectAltName that is no sequence",
            leaf(&|spec| spec.set(SAN, false, tlv(OCTET_STRING, b"x"))),
            malformed,
            "subjectAltName",
        ),
        Row::refused(
            "usage-malformed",
            "a keyUsage that is no BIT STRING",
            leaf(&|spec| spec.set(KEY_USAGE, true, int(1))),
            malformed,
            "keyUsage",
        )
        .unlike_webpki("ignores keyUsage"),
        Row::refused(
            "purposes-malformed",
            "an extendedKeyUsage of integers",
            leaf(&|spec| spec.set(EKU, false, seq(&[int(1)]))),
            malformed,
            "extendedKeyUsage",
        ),
        Row::refused(
            "extension-with-a-tail",
            "bytes after the value of an extension",
            leaf(&|spec| {
                let value = [seq(&[email("alice@example.com")]), vec![0, 0]].concat();
                spec.set(SAN, false, value);
            }),
            malformed,
            "subjectAltName",
        )
        .unlike_openssl("ignores them"),
        Row::refused(
            "address-of-another-kind",
            "a subjectAltName of the kind x400Address, which nothing here reads",
            leaf(&|spec| spec.names(&[tlv(0xa3, &tlv(SEQUENCE, &[]))])),
            malformed,
            "subjectAltName",
        )
        .unlike_both("does not look at it"),
    ]
}

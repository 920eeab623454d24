//! When a certificate counts. Both ends of its validity are inside (RFC 5280 section 4.1.2.5).

use super::Kit;
use crate::{
    asn1::{GENERALIZED_TIME, general, time, tlv},
    keys::Key,
    make::{Ca, DAY, NOW},
    row::{Row, made},
};

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, .. } = kit;
    let leaf = |start: i64, end: i64| root.leaf(|spec| spec.between(start, end));
    let sub = |start: i64, end: i64| root.ca("Sub", Key::p256(), |spec| spec.between(start, end));
    let (old_ca, young_ca) = (sub(NOW - 20 * DAY, NOW - DAY), sub(NOW + DAY, NOW + 20 * DAY));
    let old_root = Ca::root("Old", Key::p256(), |spec| spec.between(NOW - 60 * DAY, NOW - DAY));
    let young_root = Ca::root("Young", Key::p256(), |spec| spec.between(NOW + DAY, NOW + 60 * DAY));
    let of_young = young_root.leaf(|_| {});
    let general_time = |unix: i64| tlv(GENERALIZED_TIME, general(unix).as_bytes());
    vec![
        Row::refused(
            "expired",
            "the leaf has expired",
            made(&[&leaf(NOW - 9 * DAY, NOW - DAY)], &[root]),
            "client-cert-expired",
            "valid until 2026-10-31T",
        ),
        Row::refused(
            "expired-a-second-ago",
            "one second after notAfter",
            made(&[&leaf(NOW - DAY, NOW - 1)], &[root]),
            "client-cert-expired",
            "",
        ),
        Row::accepted("last-second", "notAfter itself", made(&[&leaf(NOW - DAY, NOW)], &[root]))
            .unlike_openssl("takes notAfter for the first second outside, unlike RFC 5280 section 4.1.2.5"),
        Row::accepted("first-second", "notBefore itself", made(&[&leaf(NOW, NOW + DAY)], &[root])),
        Row::refused(
            "not-yet-valid",
            "one second before notBefore",
            made(&[&leaf(NOW + 1, NOW + DAY)], &[root]),
            "client-cert-not-yet-valid",
            "valid from 2026-11-01T",
        ),
        Row::refused(
            "ends-before-it-begins",
            "no moment is inside",
            made(&[&leaf(NOW + DAY, NOW - DAY)], &[root]),
            "client-cert-expired",
            "",
        ),
        Row::refused(
            "ca-expired",
            "the CA in between has expired",
            made(&[&old_ca.leaf(|_| {}), &old_ca.der], &[root]),
            "client-cert-expired",
            "CN=Sub,O=Example, a CA of CN=alice",
        ),
        Row::refused(
            "ca-not-yet-valid",
            "the CA in between is not valid yet",
            made(&[&young_ca.leaf(|_| {}), &young_ca.der], &[root]),
            "client-cert-not-yet-valid",
            "CN=Sub",
        ),
        Row::refused(
            "anchor-expired",
            "the anchor expired after the trust was read",
            made(&[&old_root.leaf(|_| {})], &[&old_root]).loaded(NOW - 2 * DAY),
            "client-cert-expired",
            "CN=Old",
        )
        .unlike_webpki("takes an anchor for a name and a key (RFC 5280 section 6.1.1)"),
        Row::unloadable(
            "anchor-expired-at-load",
            "the anchor had expired when the trust was read",
            made(&[&old_root.leaf(|_| {})], &[&old_root]),
            "expired on",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::refused(
            "anchor-not-yet-valid",
            "the anchor is not valid yet",
            made(&[&of_young], &[&young_root]),
            "client-cert-not-yet-valid",
            "CN=Young",
        )
        .unlike_webpki("takes an anchor for a name and a key"),
        Row::accepted(
            "anchor-valid-by-now",
            "an anchor that was not valid yet when the trust was read",
            made(&[&young_root.leaf(|spec| spec.between(NOW, NOW + 9 * DAY))], &[&young_root])
                .at(NOW + 2 * DAY)
                .loaded(NOW),
        ),
        Row::accepted(
            "no-expiry",
            "99991231235959Z, a certificate without an end (RFC 5280 section 4.1.2.5)",
            made(&[&root.leaf(|spec| spec.validity = (time(NOW), tlv(GENERALIZED_TIME, b"99991231235959Z")))], &[root]),
        ),
        Row::accepted("beyond-2050", "GeneralizedTime", made(&[&leaf(NOW, 2_600_000_000)], &[root])),
        Row::accepted(
            "general-time-too-early",
            "GeneralizedTime before 2050, which CAs must not write but which reads in one way",
            made(&[&root.leaf(|spec| spec.validity = (general_time(NOW), general_time(NOW + DAY)))], &[root]),
        ),
        Row::refused(
            "time-with-a-fraction",
            "GeneralizedTime with a fraction of a second, which RFC 5280 leaves out",
            made(&[&root.leaf(|spec| spec.validity.1 = tlv(GENERALIZED_TIME, b"20501231235959.5Z"))], &[root]),
            "client-cert-malformed",
            "",
        ),
        Row::refused(
            "time-with-an-offset",
            "UTCTime that is not in UTC",
            made(&[&root.leaf(|spec| spec.validity.1 = tlv(crate::asn1::UTC_TIME, b"301231235959+0100"))], &[root]),
            "client-cert-malformed",
            "",
        ),
    ]
}

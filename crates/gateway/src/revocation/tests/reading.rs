//! What is taken, and every kind that is refused at load, with what is said of it.

use rcgen::KeyUsagePurpose;

use super::forge::{Ca, DAY, NOW, algorithm, crl, entry, extension, full_name, tlv};
use crate::{Crl, CrlError, DenyList, LoadedCrl, Revocation, RevocationError, Stale};

const POINT: &str = "2.5.29.28";

#[test]
fn what_a_ca_makes_is_read() {
    let ca = Ca::new("Staff CA");
    let made = crl(7)
        .revoking(&[1])
        .revoking(&[0, 0xff, 2])
        .extended("2.5.29.35", false, &tlv(0x30, &[]))
        .extended("2.5.29.46", false, b"freshest, of no interest")
        .read(&ca)
        .unwrap();
    assert_eq!(made.issuer(), "CN=Staff CA");
    assert_eq!((made.this_update().0, made.next_update().0), (NOW.0 - DAY, NOW.0 + DAY));
    assert_eq!(made.number().map(ToString::to_string).as_deref(), Some("7"));
    assert_eq!(made.revoked().len(), 2);
    assert!(made.get(&[1]).is_some() && made.get(&[2]).is_none());
    // 0xff02 is positive; as a negative number it would be another serial.
    assert!(made.get(&[0, 0xff, 2]).is_some() && made.get(&[0xff, 2]).is_none());
}

#[test]
fn version_1_has_no_number() {
    let ca = Ca::new("Staff CA");
    let mut v1 = crl(0).revoking(&[5]);
    (v1.version, v1.extensions) = (None, Vec::new());
    let read = v1.read(&ca).unwrap();
    assert!(read.number().is_none() && read.get(&[5]).is_some());
    let mut odd = crl(1);
    odd.version = None;
    assert!(matches!(odd.read(&ca), Err(CrlError::Der(why)) if why.contains("extensions")));
    let mut v3 = crl(1);
    v3.version = Some(vec![2, 1, 2]);
    assert!(matches!(v3.read(&ca), Err(CrlError::Der(why)) if why.contains("version")));
}

#[test]
fn what_is_not_supported_is_refused_and_named() {
    let ca = Ca::new("Staff CA");
    let point = |fields: &[&[u8]]| crl(1).extended(POINT, true, &tlv(0x30, fields));
    let with_entry = |id: &str, critical, value: &[u8]| {
        let mut list = crl(1);
        list.entries = entry(&[0x0a, 0x1b], &[extension(id, critical, value)]);
        list
    };
    let mut no_end = crl(1);
    no_end.next_update = None;
    let mut sha1 = crl(1);
    sha1.algorithm = algorithm("1.2.840.10045.4.1");
    let mut two_algorithms = crl(1);
    two_algorithms.outer_algorithm = Some(algorithm("1.2.840.10045.4.3.3"));
    let mut trailing = crl(1);
    trailing.tail = vec![5, 0];
    for (made, expect) in [
        (no_end, "no next update"),
        (crl(1).until(NOW.0 - 2 * DAY), "comes before its own date"),
        (crl(1).extended("2.5.29.27", true, &[2, 1, 1]), "delta CRL"),
        (point(&[&[0x84, 1, 0xff]]), "indirect CRL"),
        // The BIT STRING that once ended a process (RUSTSEC-2026-0104), and a whole one.
        (point(&[&[0x83, 0]]), "onlySomeReasons"),
        (point(&[&[0x83, 2, 6, 0x40]]), "onlySomeReasons"),
        (point(&[&[0x85, 1, 0xff]]), "attribute certificates"),
        (point(&[&[0x81, 1, 0xff], &[0x82, 1, 0xff]]), "contradicts itself"),
        (point(&[&[0x82, 1, 0xff], &[0x81, 1, 0xff]]), "malformed"),
        (point(&[&[0x81, 1, 1]]), "malformed"),
        (point(&[&[0x86, 1, 1]]), "malformed"),
        (point(&[&tlv(0xa0, &[&tlv(0xa1, &[])])]), "relative to the issuer"),
        (crl(1).extended("1.2.3.4", true, b""), "critical extension 1.2.3.4"),
        (crl(1).extended("2.5.29.20", false, &[2, 1, 1]), "twice"),
        (with_entry("2.5.29.29", true, &tlv(0x30, &[])), "indirect CRL"),
        (with_entry("1.2.3.4", true, b""), "the entry of serial 0A1B has the critical extension 1.2.3.4"),
        (with_entry("2.5.29.21", false, &[10, 1, 8]), "delta CRL"),
        (with_entry("2.5.29.21", false, &[2, 1, 1]), "the reason of an entry is none"),
        (sha1, "SHA-1, which is not accepted"),
        (two_algorithms, "two signature algorithms"),
        (trailing, "trailing data"),
    ] {
        let error = made.read(&ca).unwrap_err().to_string();
        assert!(error.contains(expect), "{expect:?} is not in {error:?}");
    }
    // Of no meaning, or revoked for a reason that nobody knows.
    assert!(with_entry("2.5.29.21", false, &[10, 1, 7]).read(&ca).unwrap().get(&[0x0a, 0x1b]).is_some());
    assert!(with_entry("2.5.29.24", false, b"invalidityDate").read(&ca).is_ok());
    assert!(crl(1).extended("1.2.3.4", false, b"").read(&ca).is_ok());
    assert!(point(&[&full_name(&["http://a.example/1"]), &[0x81, 1, 0xff]]).read(&ca).is_ok());
}

#[test]
fn half_of_a_crl_is_none() {
    let ca = Ca::new("Staff CA");
    let whole = crl(1).revoking(&[1]).revoking(&[2]).signed_by(&ca);
    for length in 0..whole.len() {
        assert!(Crl::read(&whole[..length]).is_err(), "{length} bytes of {}", whole.len());
    }
    assert!(Crl::read(&[whole.as_slice(), &[0]].concat()).is_err(), "and a byte more");
}

#[test]
fn the_signature_decides_and_not_the_name() {
    let ca = Ca::new("Staff CA");
    let namesake = Ca::new("Staff CA");
    let list = crl(1).load(&namesake, "staff.crl");
    let new = |lists: Vec<LoadedCrl>| Revocation::new(&ca.trust(), lists, Stale::Deny, DenyList::default(), NOW);
    assert!(
        matches!(new(vec![list]).unwrap_err().as_slice(), [RevocationError::Signature { file, .. }] if file == "staff.crl")
    );
    // One bit of it changed.
    let mut der = crl(1).revoking(&[1]).signed_by(&ca);
    let at = der.windows(3).position(|w| w == [2, 1, 1] && w[2] == 1).unwrap() + 2;
    der[at + 40] ^= 1;
    if let Ok(changed) = Crl::read(&der) {
        assert!(!changed.signed_by(&ca.spki()));
    }
    assert!(crl(1).read(&ca).unwrap().signed_by(&ca.spki()));
    // keyUsage without cRLSign.
    let silent = Ca::with("Silent CA", vec![KeyUsagePurpose::KeyCertSign]);
    let errors =
        Revocation::new(&silent.trust(), vec![crl(1).load(&silent, "s.crl")], Stale::Deny, DenyList::default(), NOW);
    assert!(matches!(errors.unwrap_err().as_slice(), [RevocationError::MayNotSign { .. }]));
}

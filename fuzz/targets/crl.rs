//! CRLs: whatever the bytes, an answer and no panic; what is accepted says what x509-cert, which
//! holds all of it in memory, says that it says.

use std::collections::BTreeSet;

use countersign_gateway::{Crl, CrlError, Serials};
use der::{Decode, Encode};
use x509_cert::crl::CertificateList;

/// The input is one CRL in DER.
pub fn crl(data: &[u8]) {
    let ours = match Crl::read(data) {
        Ok(ours) => ours,
        Err(error) => {
            assert!(error != CrlError::Panicked && !error.to_string().is_empty());
            return;
        }
    };
    assert!(ours.next_update() >= ours.this_update());
    let found: BTreeSet<&[u8]> = Serials::iter(ours.revoked()).map(|(serial, _)| serial).collect();
    assert_eq!(found.len(), ours.revoked().len(), "each serial once");
    let Ok(theirs) = CertificateList::<x509_cert::certificate::Rfc5280>::from_der(data) else {
        // Version 1, which x509-cert does not know, has no number; serials of more than 20 bytes.
        let long = found.iter().any(|serial| serial.len() > 20);
        assert!(ours.number().is_none() || long, "x509-cert refuses what is accepted here");
        return;
    };
    let list = &theirs.tbs_cert_list;
    assert_eq!(Some(ours.issuer_name()), list.issuer.to_der().ok().as_deref());
    let seconds = |time: &x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
    assert_eq!(Some(ours.this_update().0), seconds(&list.this_update));
    assert_eq!(Some(ours.next_update().0), list.next_update.as_ref().and_then(seconds));
    let revoked = list.revoked_certificates.iter().flatten();
    let expected: BTreeSet<&[u8]> = revoked.map(|entry| entry.serial_number.as_bytes()).collect();
    assert_eq!(found, expected);
}

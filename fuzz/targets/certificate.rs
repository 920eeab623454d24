//! Certificates: whatever a client sends is read in one way or refused, and judging it never panics.

use countersign_core::{Identity, Refusal, Stage, UnixTime};
use countersign_gateway::{Trust, judge, read_certificate};
use rustls::pki_types::CertificateDer;

/// When the seeds are valid.
const NOW: UnixTime = UnixTime(1_793_491_200);

/// The input is DER, one certificate after the other: an anchor, then what the client presents.
///
/// An anchor's own signature is not checked, so that a changed one still vouches for the leaf it
/// issued as long as its name and key stay: that is how the fuzzer reaches what lies behind
/// signatures, name constraints above all.
pub fn certificate(data: &[u8]) {
    let certificates: Vec<CertificateDer<'static>> = split(data).map(|der| der.to_vec().into()).collect();
    for der in &certificates {
        match read_certificate(der) {
            Ok(facts) => shown(&facts.identity),
            Err(error) => plain(&error.to_string()),
        }
    }
    let Some((anchor, presented)) = certificates.split_first() else { return };
    let trust = match Trust::new("fuzz", std::slice::from_ref(anchor), 3, NOW) {
        Ok(trust) => trust,
        Err(errors) => {
            errors.iter().for_each(|error| plain(&error.to_string()));
            return;
        }
    };
    let verdict = judge(presented, &trust, NOW);
    let chain = match verdict {
        Ok(chain) => chain,
        Err(refusal) => return refused(&refusal),
    };
    let (leaf, sent) = presented.split_first().expect("nothing was accepted as a chain");
    let facts = read_certificate(leaf).expect("a leaf was accepted that cannot be read");
    assert_eq!(&facts.identity, chain.identity(), "another identity than the leaf's");
    assert!(!facts.is_ca && facts.signs != Some(false), "accepted: {facts:?}");
    assert!(chain.leaf() == leaf && chain.chain().iter().all(|ca| sent.contains(ca)), "certificates from elsewhere");
    assert!(chain.chain().len() <= 3, "a longer chain than allowed");
    assert!(NOW <= chain.holds_until() && chain.holds_until() <= facts.identity.not_after);
    let later = UnixTime(chain.holds_until().0.saturating_add(1));
    assert!(judge(presented, &trust, later).is_err(), "accepted beyond its end");
    // The last byte belongs to the signature.
    let mut altered = leaf.to_vec();
    if let Some(last) = altered.last_mut() {
        *last ^= 1;
    }
    let altered: Vec<_> = std::iter::once(altered.into()).chain(sent.iter().cloned()).collect();
    assert!(judge(&altered, &trust, NOW).is_err(), "accepted with another signature");
}

/// One TLV after the other; what is left over is the last one.
fn split(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if data.is_empty() {
            return None;
        }
        let length = match *data {
            [_, short @ 0..=0x7f, ..] => 2 + usize::from(short),
            [_, 0x81, one, ..] => 3 + usize::from(one),
            [_, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
            _ => data.len(),
        };
        let (first, rest) = data.split_at(length.min(data.len()));
        data = rest;
        Some(first)
    })
}

fn shown(identity: &Identity) {
    plain(&identity.subject);
    plain(&identity.issuer);
    let sans = &identity.sans;
    for name in [&sans.dns, &sans.email, &sans.uri, &sans.ip, &sans.upn].into_iter().flatten() {
        plain(name);
    }
    assert!(!identity.serial.is_empty() && identity.serial.len() <= 40, "{:?}", identity.serial);
    assert!(identity.serial.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{:?}", identity.serial);
}

fn refused(refusal: &Refusal) {
    assert_eq!(refusal.reason().info().stage, Stage::Identity);
    refusal.receipt().into_iter().chain(refusal.expectation()).for_each(plain);
}

fn plain(text: &str) {
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.chars().any(odd), "{text:?}");
}

//! What there is to tell of CRLs, to people and to metrics.

use countersign_core::UnixTime;

use super::Revocation;

/// One CRL that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrlFacts<'a> {
    /// RFC 4514.
    pub issuer: &'a str,
    /// From when on it counts.
    pub this_update: UnixTime,
    /// When the next one is due.
    pub next_update: UnixTime,
    /// cRLNumber.
    pub number: Option<String>,
    /// Revoked certificates in it.
    pub entries: usize,
    /// Memory of these entries.
    pub bytes: usize,
    /// The file that it came from, as the configuration names it.
    pub file: &'a str,
}

impl Revocation {
    /// The CRLs that count, in no order.
    pub fn crls(&self) -> impl Iterator<Item = CrlFacts<'_>> {
        self.lists.values().flatten().map(|list| CrlFacts {
            issuer: list.crl.issuer(),
            this_update: list.crl.this_update(),
            next_update: list.crl.next_update(),
            number: list.crl.number().map(ToString::to_string),
            entries: list.crl.revoked().len(),
            bytes: list.crl.revoked().bytes(),
            file: &list.file,
        })
    }

    /// How many entries the deny list has.
    #[must_use]
    pub fn denied(&self) -> usize {
        self.deny.len()
    }
}

/// A CRLReason as RFC 5280 section 5.3.1 spells it.
pub(super) fn reason(code: u8) -> &'static str {
    match code {
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => "no reason given",
    }
}

//! Revocation: whether any certificate of a path was called back, by a CRL or by the deny list.
//!
//! A [`Revocation`] belongs to a [`Trust`], never changes, and is asked for each link of a verified
//! path; the anchor itself is not asked about, since it is the operator's own choice.
//!
//! Invariants
//! - If the trust has a CRL, each link needs one that covers it, is signed by the key that issued
//!   it, has begun, and has not ended (or ended within what [`Stale`] allows). Otherwise: refused,
//!   with `client-cert-crl-missing` or `client-cert-crl-stale`, which say that it is not the
//!   client's fault.
//! - Of one issuer, key and scope the newest CRL alone counts; an old one that was loaded first
//!   cannot hide what the new one revokes. Two that cannot be ordered are refused at load.
//! - "Revoked" by any CRL that counts wins over everything else that could be said.
//!
//! Memory: the serials (see [`Serials`]) and, until its signer is known, the signed bytes of a CRL.
//! Measured with one million 16-byte serials: 35 MB of
//! DER, 30.4 bytes kept for each entry; the test `million` holds it under 32.

mod cache;
mod crl;
mod deny;
mod facts;
mod load;
mod reader;
mod scope;
mod serials;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, time::Duration};

use countersign_core::{Reason, Refusal, UnixTime};

pub use self::{
    cache::CrlCache,
    crl::{Crl, Number},
    deny::{DenyError, DenyList},
    facts::CrlFacts,
    load::{LoadedCrl, RevocationError},
    reader::CrlError,
    serials::{Revoked, Serials},
};
use self::{scope::Place, scope::Scope};
use crate::chain::Link;

/// What a CRL means after its nextUpdate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stale {
    /// Nobody gets in: what was revoked since is not known.
    #[default]
    Deny,
    /// It counts for so much longer.
    Grace(Duration),
    /// It counts for ever.
    Allow,
}

/// The CRLs and the deny list of a trust.
#[derive(Clone, Debug, Default)]
pub struct Revocation {
    /// By the DER of the issuer's name; each newest first.
    lists: HashMap<Box<[u8]>, Vec<LoadedCrl>>,
    stale: Stale,
    deny: DenyList,
}

/// A path of which nothing is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The last second at which this answer holds; none: it holds as long as the CRLs are loaded.
    pub holds_until: Option<UnixTime>,
    /// What it rests on.
    pub source: Source,
}

/// What an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The trust has no CRL.
    None,
    /// CRLs.
    Crl {
        /// thisUpdate of the oldest one used.
        this_update: UnixTime,
        /// Whether all that were used are inside their time; otherwise one was allowed all the same.
        fresh: bool,
    },
}

impl Revocation {
    /// The same CRLs with another deny list.
    pub(crate) fn with_deny(&self, deny: DenyList) -> Self {
        Self { deny, ..self.clone() }
    }

    /// Judges a path, leaf first.
    pub(crate) fn check(&self, links: &[Link<'_>], now: UnixTime) -> Result<Checked, Refusal> {
        for link in links {
            if let Some(form) = self.deny.names(link) {
                return Err(Refusal::new(Reason::ClientCertRevoked)
                    .received(format!("{}, which is on the deny list ({form})", subject(link))));
            }
        }
        let mut checked = Checked::NOTHING;
        if self.lists.is_empty() {
            return Ok(checked);
        }
        let mut refused = None;
        for link in links {
            match self.link(link, now) {
                Ok(one) => checked = checked.and(one),
                // That somebody is revoked must not hide behind a list that is missing.
                Err(refusal) if refusal.reason() == Reason::ClientCertRevoked => return Err(refusal),
                Err(refusal) => refused = refused.or(Some(refusal)),
            }
        }
        refused.map_or(Ok(checked), Err)
    }

    fn link(&self, link: &Link<'_>, now: UnixTime) -> Result<Checked, Refusal> {
        let place = Place::of(link.cert).map_err(|error| {
            Refusal::new(Reason::ClientCertMalformed).received(format!("{}: {error}", subject(link)))
        })?;
        let serial = link.cert.tbs_certificate().serial_number().as_bytes();
        let mut newest: Vec<(&Scope, (UnixTime, Option<&Number>))> = Vec::new();
        let (mut found, mut stale, mut starts) = (None::<Checked>, None, None);
        for crl in self.usable(link, &place) {
            if now < crl.this_update() {
                starts = Some(starts.map_or(crl.this_update(), |at: UnixTime| at.min(crl.this_update())));
                continue;
            }
            // Newest first: a later one of the same scope is older, unless it is of the same rank.
            match newest.iter().find(|(scope, _)| *scope == crl.scope()) {
                Some((_, rank)) if *rank != load::rank(crl) => continue,
                Some(_) => {}
                None => newest.push((crl.scope(), load::rank(crl))),
            }
            if let Some(revoked) = crl.get(serial) {
                return Err(Refusal::new(Reason::ClientCertRevoked).received(format!(
                    "{}, revoked on {} ({}) by the CRL of {}",
                    subject(link),
                    revoked.at,
                    facts::reason(revoked.reason),
                    crl.issuer()
                )));
            }
            match self.standing(crl, now) {
                Some(checked) => found = Some(found.map_or(checked, |other| other.or(checked))),
                None => stale = Some(crl),
            }
        }
        match (found, stale) {
            (Some(mut checked), _) => {
                // A list that begins meanwhile may say something else.
                if let Some(start) = starts {
                    checked.holds_until = earliest(checked.holds_until, Some(UnixTime(start.0.saturating_sub(1))));
                }
                Ok(checked)
            }
            (None, Some(crl)) => Err(Refusal::new(Reason::ClientCertCrlStale).received(format!(
                "the CRL of {} of {}, whose successor was due on {}",
                crl.issuer(),
                crl.this_update(),
                crl.next_update()
            ))),
            (None, None) => Err(self.missing(link, starts)),
        }
    }

    /// The CRLs that speak of a certificate, newest first.
    fn usable<'s>(&'s self, link: &Link<'_>, place: &Place<'_>) -> impl Iterator<Item = &'s Crl> {
        // keyUsage without cRLSign: whatever this CA signed, it is no CRL (RFC 5280 section 6.3.3 (f)).
        let may_sign = link.issuer_may_sign_crls != Some(false);
        let lists = self.lists.get(link.issuer_name).into_iter().flatten().map(|list| &*list.crl);
        lists.filter(move |crl| may_sign && crl.covers(place) && crl.signed_by(link.issuer_spki))
    }

    /// Whether a CRL still counts, and for how long; none: it is outdated.
    fn standing(&self, crl: &Crl, now: UnixTime) -> Option<Checked> {
        let due = crl.next_update();
        let fresh = now <= due;
        let end = match self.stale {
            // The answer changes when it stops being fresh.
            _ if fresh => Some(due),
            Stale::Deny => return None,
            Stale::Grace(grace) => Some(after(due, grace)).filter(|end| now <= *end).map(Some)?,
            Stale::Allow => None,
        };
        Some(Checked { holds_until: end, source: Source::Crl { this_update: crl.this_update(), fresh } })
    }

    fn missing(&self, link: &Link<'_>, starts: Option<UnixTime>) -> Refusal {
        let issuer = link.cert.tbs_certificate().issuer();
        let refusal = Refusal::new(Reason::ClientCertCrlMissing);
        match starts {
            Some(start) => refusal.received(format!("{}, and the CRL of {issuer} counts from {start}", subject(link))),
            None if link.issuer_may_sign_crls == Some(false) => {
                refusal.received(format!("{}, issued by {issuer}, which may not sign CRLs (keyUsage)", subject(link)))
            }
            None => refusal
                .received(format!("{}, issued by {issuer}", subject(link)))
                .expected(format!("a CRL for it, signed by the key of {issuer} that issued it")),
        }
    }
}

impl Checked {
    /// The answer of a trust without CRLs.
    pub(crate) const NOTHING: Self = Self { holds_until: None, source: Source::None };

    /// For two certificates of a path.
    fn and(self, other: Self) -> Self {
        let source = match (self.source, other.source) {
            (Source::Crl { this_update: a, fresh: x }, Source::Crl { this_update: b, fresh: y }) => {
                Source::Crl { this_update: a.min(b), fresh: x && y }
            }
            (Source::None, source) | (source, Source::None) => source,
        };
        Self { holds_until: earliest(self.holds_until, other.holds_until), source }
    }

    /// Of two CRLs that both cover a certificate, whichever serves better: one is enough. The time
    /// is the shorter one all the same, because then the answer is another.
    fn or(self, other: Self) -> Self {
        let worth = |checked: &Self| match checked.source {
            Source::None => (false, UnixTime(i64::MIN)),
            Source::Crl { this_update, fresh } => (fresh, this_update),
        };
        let source = if worth(&other) > worth(&self) { other.source } else { self.source };
        Self { holds_until: earliest(self.holds_until, other.holds_until), source }
    }
}

fn subject(link: &Link<'_>) -> String {
    link.cert.tbs_certificate().subject().to_string()
}

fn earliest(a: Option<UnixTime>, b: Option<UnixTime>) -> Option<UnixTime> {
    a.into_iter().chain(b).min()
}

fn after(time: UnixTime, wait: Duration) -> UnixTime {
    UnixTime(time.0.saturating_add(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX)))
}

//! `report_only`: what a policy would refuse is let through and told, so that a policy can be tried on
//! real requests before it holds.
//!
//! Only what a *policy* asks for may be reported: the proof of identity (a certificate that is missing
//! or does not hold, a client that no allow rule names) and the proof of intent (`Origin`, Fetch
//! Metadata, `Referer`, a program's marker, Django's token). Each has a switch of its own, and a report
//! for the one never covers the other.
//!
//! Never reported, always refused: a head or a path that can be read in two ways (RFC 9112 section
//! 11.2), a host that the connection was not made for (RFC 9110 section 15.5.20), a path without a
//! route, a method that the route does not take, TRACE and CONNECT, an API key, a preflight and every
//! limit. None of them is a policy on trial: behind them gateway and app could act on different
//! requests, or a secret that somebody asked for would be none.
//!
//! Invariant: a report never makes a proof. The permit says `report-only` where intent was not proved,
//! and of a certificate that does not hold the app is told nothing
//! ([`Permit::hides_client`](crate::Permit::hides_client)).

use crate::{Observer, Outcome, Permit, Reason, Refusal, Rule, Stage};

/// Which proofs of a route are reported instead of demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ReportOnly {
    /// The proof of identity.
    pub identity: bool,
    /// The proof of intent.
    pub intent: bool,
}

/// What would have been refused, at most once for each proof.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reported {
    identity: Option<Box<Refusal>>,
    intent: Option<Box<Refusal>>,
}

/// One of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Identity,
    Intent,
}

impl Proof {
    /// The proof that is missing; none if the reason is not a policy's. A form whose token stands too
    /// far inside is the token's matter, although the gateway alone sees it.
    const fn of(reason: Reason) -> Option<Self> {
        match (reason.info().stage, reason) {
            (Stage::Identity, _) => Some(Self::Identity),
            (Stage::Intent, _) | (_, Reason::CsrfFormTooLarge) => Some(Self::Intent),
            _ => None,
        }
    }
}

impl ReportOnly {
    /// Whether nothing is.
    #[must_use]
    pub const fn is_off(self) -> bool {
        !self.identity && !self.intent
    }

    /// As configuration and logs have it: `identity`, `intent`, both with a plus, or nothing.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match (self.identity, self.intent) {
            (false, false) => "",
            (true, false) => "identity",
            (false, true) => "intent",
            (true, true) => "identity+intent",
        }
    }

    /// The reasons that these switches can let through.
    pub fn reasons(self) -> impl Iterator<Item = Reason> {
        crate::REASONS.iter().copied().filter(move |reason| self.covers(*reason))
    }

    fn covers(self, reason: Reason) -> bool {
        match Proof::of(reason) {
            Some(Proof::Identity) => self.identity,
            Some(Proof::Intent) => self.intent,
            None => false,
        }
    }

    /// Notes a refusal instead of giving it.
    ///
    /// # Errors
    /// The refusal, if it is not to be reported.
    pub(crate) fn report(self, refusal: Refusal, reported: &mut Reported) -> Result<(), Refusal> {
        if !self.covers(refusal.reason()) {
            return Err(refusal);
        }
        // Fails open on purpose: the operator asked to see what the policy would refuse before it does.
        // Log, metric and assertion say so, and nothing is proved by it.
        let place = match Proof::of(refusal.reason()) {
            Some(Proof::Identity) => &mut reported.identity,
            _ => &mut reported.intent,
        };
        place.get_or_insert_with(|| Box::new(refusal));
        Ok(())
    }
}

impl Reported {
    /// Identity first.
    pub fn iter(&self) -> impl Iterator<Item = &Refusal> {
        self.identity.iter().chain(&self.intent).map(|refusal| &**refusal)
    }

    /// Whether nothing would have been refused.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.identity.is_none() && self.intent.is_none()
    }

    pub(crate) const fn lacks_intent(&self) -> bool {
        self.intent.is_some()
    }

    /// Whether a certificate, if there is one, does not hold. Of a client that holds one and is merely
    /// not among those who are let in, the app may be told who it is: that is true.
    pub(crate) fn denies_certificate(&self) -> bool {
        self.identity.as_ref().is_some_and(|refusal| denies_certificate(refusal.reason()))
    }
}

/// Whether a refusal says that there is no certificate that holds.
pub(crate) fn denies_certificate(reason: Reason) -> bool {
    Proof::of(reason) == Some(Proof::Identity) && reason != Reason::ClientNotAllowed
}

/// The last step of the trace of a permit that proves less than its policy asks for.
pub(crate) fn told<'s, O: Observer>(permit: Permit<'s>, obs: &mut O) -> Permit<'s> {
    if !permit.reported.is_empty() {
        obs.step(Rule::ReportOnly, Outcome::Pass, || {
            let reasons: Vec<_> = permit.reported.iter().map(|refusal| refusal.reason().code()).collect();
            ("nothing: its route reports".into(), format!("would be refused: {}", reasons.join(", ")))
        });
    }
    permit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::REASONS;

    const BOTH: ReportOnly = ReportOnly { identity: true, intent: true };

    #[test]
    fn only_what_a_policy_asks_for_is_reported() {
        for &reason in REASONS {
            let mut reported = Reported::default();
            let policy = matches!(reason.info().stage, Stage::Identity | Stage::Intent);
            let may = policy || reason == Reason::CsrfFormTooLarge;
            assert_eq!(BOTH.report(Refusal::new(reason), &mut reported).is_ok(), may, "{reason:?}");
            assert_eq!(reported.is_empty(), !may, "{reason:?}");
            assert!(ReportOnly::default().report(Refusal::new(reason), &mut reported).is_err(), "{reason:?}");
        }
        assert_eq!(BOTH.reasons().count(), REASONS.iter().filter(|r| Proof::of(**r).is_some()).count());
    }

    #[test]
    fn a_switch_covers_its_own_proof() {
        let (identity, intent) = (ReportOnly { intent: false, ..BOTH }, ReportOnly { identity: false, ..BOTH });
        let mut reported = Reported::default();
        assert!(identity.report(Refusal::new(Reason::CrossSite), &mut reported).is_err());
        assert!(intent.report(Refusal::new(Reason::ClientCertMissing), &mut reported).is_err());
        assert!(reported.is_empty());
        assert!(intent.report(Refusal::new(Reason::CrossSite), &mut reported).is_ok());
        assert!(identity.report(Refusal::new(Reason::ClientNotAllowed), &mut reported).is_ok());
        assert!(!reported.denies_certificate(), "who it is holds");
        let codes: Vec<_> = reported.iter().map(|refusal| refusal.reason()).collect();
        assert_eq!(codes, [Reason::ClientNotAllowed, Reason::CrossSite]);
    }
}

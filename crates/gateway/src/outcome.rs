//! How requests and handshakes end, in the words that log and metrics share: the only place for
//! both, so that an alert on a metric leads to the log lines that it counted.
//!
//! The words come from the registries and from nothing that a peer sends, so there are as many
//! series as sites times words, whatever anybody does.

use std::io;

use countersign_core::{BASES, Basis, REASONS, Reason, Stage};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestOutcome {
    /// Both proofs held, and the app got it.
    Permit(Basis),
    /// One did not; or, in the upstream stage, the app failed.
    Refuse(Reason),
}

impl RequestOutcome {
    /// All there are, in the order of [`index`](Self::index).
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        BASES.iter().copied().map(Self::Permit).chain(REASONS.iter().copied().map(Self::Refuse))
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Permit(basis) => basis.index(),
            Self::Refuse(reason) => BASES.len() + reason.index(),
        }
    }

    /// An app that failed is no verdict on the client and is told apart.
    pub(crate) const fn verdict(self) -> &'static str {
        match self {
            Self::Permit(_) => "permit",
            Self::Refuse(reason) if matches!(reason.info().stage, Stage::Upstream) => "failed",
            Self::Refuse(_) => "refuse",
        }
    }

    /// Code of the reason, or of the basis of a permit.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Permit(basis) => basis.code(),
            Self::Refuse(reason) => reason.code(),
        }
    }
}

/// How a handshake ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeOutcome {
    /// In full.
    Done,
    /// With a session of before.
    Resumed,
    /// No site has the name that the client asked for.
    NoSite,
    /// What came is no ClientHello.
    NotTls,
    /// It did not end in `handshake_timeout`.
    Timeout,
    /// The client left, after its ClientHello.
    Left,
    /// The client refused to go on; often, because it does not trust the server's certificate.
    Alert,
    /// No common version or algorithm, or a client that breaks the protocol.
    Protocol,
    /// `hard` mode: for its certificate, or the lack of one.
    Refused(Reason),
}

impl HandshakeOutcome {
    const PLAIN: [Self; 8] =
        [Self::Done, Self::Resumed, Self::NoSite, Self::NotTls, Self::Timeout, Self::Left, Self::Alert, Self::Protocol];

    /// All that can happen at a site, or before one was found.
    pub(crate) fn all(at_site: bool) -> impl Iterator<Item = Self> {
        let identity = |reason: &Reason| reason.info().stage == Stage::Identity;
        let all = Self::PLAIN.into_iter().chain(REASONS.iter().copied().filter(identity).map(Self::Refused));
        all.filter(move |outcome| match outcome {
            Self::Done | Self::Resumed | Self::Left | Self::Alert | Self::Protocol | Self::Refused(_) => at_site,
            Self::NoSite | Self::NotTls | Self::Timeout => !at_site,
        })
    }

    /// One more than the largest [`index`](Self::index).
    pub(crate) fn count() -> usize {
        Self::PLAIN.len() + REASONS.len()
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Done => 0,
            Self::Resumed => 1,
            Self::NoSite => 2,
            Self::NotTls => 3,
            Self::Timeout => 4,
            Self::Left => 5,
            Self::Alert => 6,
            Self::Protocol => 7,
            Self::Refused(reason) => Self::PLAIN.len() + reason.index(),
        }
    }

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Resumed => "resumed",
            Self::NoSite => "no-site",
            Self::NotTls => "not-tls",
            Self::Timeout => "timeout",
            Self::Left => "client-left",
            Self::Alert => "client-alert",
            Self::Protocol => "protocol-error",
            Self::Refused(reason) => reason.code(),
        }
    }

    /// What an error of the handshake means. `reason` is the code of the refusal, if it was for the
    /// client's certificate.
    pub(crate) fn of(error: &io::Error, reason: &str) -> Self {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        if let Some(reason) = Reason::from_code(reason) {
            return Self::Refused(reason);
        }
        match error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::AlertReceived(_)) => Self::Alert,
            Some(_) => Self::Protocol,
            None if matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe) => {
                Self::Left
            }
            None => Self::Protocol,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_outcome_has_a_place_and_words_of_its_own() {
        let (mut places, mut words) = (HashSet::new(), HashSet::new());
        for (n, outcome) in RequestOutcome::all().enumerate() {
            assert_eq!(outcome.index(), n, "{outcome:?}");
            assert!(words.insert((outcome.verdict(), outcome.reason())), "{outcome:?}");
        }
        words.clear();
        for outcome in [true, false].into_iter().flat_map(HandshakeOutcome::all) {
            assert!(outcome.index() < HandshakeOutcome::count());
            assert!(places.insert(outcome.index()), "{outcome:?}");
            assert!(words.insert(("", outcome.code())), "{outcome:?}");
        }
    }
}

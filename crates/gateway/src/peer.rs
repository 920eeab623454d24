//! What is known of the client on one connection.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_core::{Client, Refusal, UnixTime};
use http::{HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;

use crate::{
    VerifiedChain,
    formats::{self, Stamps},
    judge,
    sites::ReadySite,
};

/// The judgement on the client's chain. Made when the connection opens, and again when a
/// certificate of the chain ends while it lasts.
#[derive(Debug)]
pub(crate) struct Peer {
    presented: Vec<CertificateDer<'static>>,
    current: Mutex<Arc<Judged>>,
    forwarded_for: HeaderValue,
}

/// A judgement with the headers that tell it to the app.
#[derive(Debug)]
pub(crate) struct Judged {
    outcome: Outcome,
    pub(crate) stamps: Stamps,
}

#[derive(Debug)]
enum Outcome {
    Anonymous,
    Verified(Box<VerifiedChain>),
    Rejected(Refusal),
}

impl Peer {
    /// `presented` is empty if the client showed no certificate, or was not asked for one.
    pub(crate) fn new(
        presented: Vec<CertificateDer<'static>>,
        site: &ReadySite,
        addr: SocketAddr,
        now: UnixTime,
    ) -> Self {
        let judged = Judged::new(&presented, site, now);
        let ip = addr.ip().to_canonical().to_string();
        // An address is always a valid value; a static one in its place would hide a client.
        let forwarded_for = HeaderValue::from_str(&ip).unwrap_or(HeaderValue::from_static("unknown"));
        Self { presented, current: Mutex::new(Arc::new(judged)), forwarded_for }
    }

    /// The judgement as of now.
    pub(crate) fn judged(&self, site: &ReadySite, now: UnixTime) -> Arc<Judged> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(&current.outcome, Outcome::Verified(chain) if now > chain.holds_until()) {
            *current = Arc::new(Judged::new(&self.presented, site, now));
        }
        Arc::clone(&current)
    }

    /// The client's address, as `X-Forwarded-For` has it.
    pub(crate) fn forwarded_for(&self) -> &HeaderValue {
        &self.forwarded_for
    }
}

impl Judged {
    fn new(presented: &[CertificateDer<'static>], site: &ReadySite, now: UnixTime) -> Self {
        let outcome = match &site.trust {
            Some(trust) if !presented.is_empty() => match judge(presented, trust, now) {
                Ok(chain) => Outcome::Verified(Box::new(chain)),
                Err(refusal) => Outcome::Rejected(refusal),
            },
            // Without a trust the site asked for no certificate, so that there is none to judge.
            _ => Outcome::Anonymous,
        };
        let chain = match &outcome {
            Outcome::Verified(chain) => Some(&**chain),
            Outcome::Anonymous | Outcome::Rejected(_) => None,
        };
        match formats::identity_headers(&site.identity, chain) {
            Ok(stamps) => Self { outcome, stamps },
            // A certificate that cannot be told to the app is none that could be acted on.
            Err(refusal) => Self { outcome: Outcome::Rejected(refusal), stamps: Stamps::new() },
        }
    }

    /// As core takes it.
    pub(crate) fn client(&self) -> Client<'_> {
        match &self.outcome {
            Outcome::Anonymous => Client::Anonymous,
            Outcome::Verified(chain) => Client::Verified(chain.identity()),
            Outcome::Rejected(refusal) => Client::Rejected(refusal),
        }
    }

    /// Who it is, for the log.
    pub(crate) fn subject(&self) -> &str {
        match &self.outcome {
            Outcome::Verified(chain) => &chain.identity().subject,
            Outcome::Anonymous => "",
            Outcome::Rejected(_) => "(rejected)",
        }
    }

    /// When a tunnel that this client opens must end, if it is a certificate that let it in.
    pub(crate) fn holds_until(&self) -> Option<UnixTime> {
        match &self.outcome {
            Outcome::Verified(chain) => Some(chain.holds_until()),
            Outcome::Anonymous | Outcome::Rejected(_) => None,
        }
    }

    pub(crate) fn stamps(&self) -> impl Iterator<Item = (&HeaderName, HeaderValue)> {
        self.stamps.iter().map(|(name, value)| (name, value.clone()))
    }
}

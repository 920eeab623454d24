//! What is known of the client on one connection.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_assertion::{ClientFacts, ConnectionFacts, Prepared, Revocation, TlsFacts, TlsVersion};
use countersign_core::{Client, Refusal, UnixTime};
use http::{HeaderName, HeaderValue};
use rustls::{HandshakeKind, ProtocolVersion, ServerConnection, pki_types::CertificateDer};

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
    tls: Handshake,
    current: Mutex<Arc<Judged>>,
    forwarded_for: HeaderValue,
}

/// A judgement with what tells it to the app.
#[derive(Debug)]
pub(crate) struct Judged {
    outcome: Outcome,
    pub(crate) stamps: Stamps,
    /// None for a rejected client, none of whose requests is forwarded.
    pub(crate) assertion: Option<Prepared>,
}

/// What the app is told of the TLS connection.
#[derive(Debug)]
pub(crate) struct Handshake {
    version: TlsVersion,
    sni: Box<str>,
    resumed: bool,
}

impl Handshake {
    pub(crate) fn of(session: &ServerConnection) -> Self {
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::V1_3,
            // There is no other (`sites`).
            _ => TlsVersion::V1_2,
        };
        let sni = session.server_name().unwrap_or_default().into();
        Self { version, sni, resumed: session.handshake_kind() == Some(HandshakeKind::Resumed) }
    }
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
        tls: Handshake,
        site: &ReadySite,
        addr: SocketAddr,
        now: UnixTime,
    ) -> Self {
        let judged = Judged::new(&presented, &tls, site, now);
        let ip = addr.ip().to_canonical().to_string();
        // An address is always a valid value; a static one in its place would hide a client.
        let forwarded_for = HeaderValue::from_str(&ip).unwrap_or(HeaderValue::from_static("unknown"));
        Self { presented, tls, current: Mutex::new(Arc::new(judged)), forwarded_for }
    }

    /// The judgement as of now.
    pub(crate) fn judged(&self, site: &ReadySite, now: UnixTime) -> Arc<Judged> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(&current.outcome, Outcome::Verified(chain) if now > chain.holds_until()) {
            *current = Arc::new(Judged::new(&self.presented, &self.tls, site, now));
        }
        Arc::clone(&current)
    }

    /// The client's address, as `X-Forwarded-For` has it.
    pub(crate) fn forwarded_for(&self) -> &HeaderValue {
        &self.forwarded_for
    }
}

impl Judged {
    fn new(presented: &[CertificateDer<'static>], tls: &Handshake, site: &ReadySite, now: UnixTime) -> Self {
        let outcome = match &site.trust {
            Some(trust) if !presented.is_empty() => match judge(presented, trust, now) {
                Ok(chain) => Outcome::Verified(Box::new(chain)),
                Err(refusal) => Outcome::Rejected(refusal),
            },
            // Without a trust the site asked for no certificate, so that there is none to judge.
            _ => Outcome::Anonymous,
        };
        let chain = match &outcome {
            Outcome::Verified(chain) => Some(chain),
            Outcome::Anonymous | Outcome::Rejected(_) => None,
        };
        let stamps = formats::stamps(&site.identity, chain.map(|chain| &**chain));
        let assertion = prepare(&outcome, tls, site);
        Self { stamps, assertion, outcome }
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

/// What the assertions of this connection have in common.
fn prepare(outcome: &Outcome, tls: &Handshake, site: &ReadySite) -> Option<Prepared> {
    let client = match outcome {
        Outcome::Anonymous => None,
        Outcome::Verified(chain) => Some(ClientFacts {
            identity: chain.identity(),
            trust: site.trust.as_ref()?.name(),
            // The place to say which revocation lists were used, once the chain is judged by any.
            revocation: Revocation::Unchecked,
        }),
        Outcome::Rejected(_) => return None,
    };
    let tls = TlsFacts { version: tls.version, sni: &tls.sni, resumed: tls.resumed };
    Some(site.assertion.prepare(&ConnectionFacts { client, tls }))
}

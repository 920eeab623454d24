//! What is known of the client on one connection, and how it stands today.
//!
//! A [`Standing`] is the client under one generation of the configuration: its site, and the
//! judgement of each trust that a request asked for. It is made when the connection opens, and again
//! when the configuration, a CRL or the deny list changes, or when a certificate of the chain ends.
//! A client that held a certificate's trust and no longer does is [`lost`](Peer::lost): its
//! connection is closed, and no other.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use countersign_assertion::{ClientFacts, ConnectionFacts, Prepared, TlsFacts, TlsVersion};
use countersign_core::{ApiKeyId, Client, ClientMode, Clients, Reason, Refusal, TrustIndex, UnixTime, still_admitted};
use http::{HeaderName, HeaderValue};
use rustls::{HandshakeKind, ProtocolVersion, ServerConnection, pki_types::CertificateDer};

use crate::{
    Binding, Source, Trust, VerifiedChain,
    formats::{self, Stamps},
    judge,
    live::Serving,
    sites::ReadySite,
    upstream::Pool,
    worker::Worker,
};

/// The client of one connection.
#[derive(Debug)]
pub(crate) struct Peer {
    local: IpAddr,
    forwarded_for: HeaderValue,
    current: Mutex<Arc<Standing>>,
    lost: AtomicBool,
}

/// The client under one generation of the configuration.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) serving: Arc<Serving>,
    pub(crate) site: Arc<ReadySite>,
    pub(crate) pool: Pool,
    /// Whether a site still has the name that the client asked for; if not, `site` is the last that had.
    served: bool,
    shown: Arc<Shown>,
    /// By trust; made when first asked for.
    judged: Box<[OnceLock<Judged>]>,
    /// What it counts for where a certificate that does not hold is reported only.
    nobody: OnceLock<Judged>,
    /// The last second at which all of `judged` hold.
    holds_until: AtomicI64,
}

/// A [`Standing`] at a point in time, as core asks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StandingAt<'s>(&'s Standing, UnixTime);

/// What a client showed in its handshake.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Empty if there was no certificate, or none was asked for.
    chain: Vec<CertificateDer<'static>>,
    server_name: Option<Box<str>>,
    version: TlsVersion,
    resumed: bool,
}

/// A judgement with what tells it to the app.
#[derive(Debug)]
pub(crate) struct Judged {
    outcome: Outcome,
    stamps: Stamps,
    /// None for a rejected client, none of whose requests is forwarded.
    pub(crate) assertion: Option<Prepared>,
    /// Whom the cookies of its requests are bound to.
    pub(crate) binding: Binding,
}

#[derive(Debug)]
enum Outcome {
    Anonymous,
    Verified(Box<VerifiedChain>),
    Rejected(Refusal),
}

impl Peer {
    pub(crate) fn new(
        shown: Shown,
        worker: &Worker,
        serving: Arc<Serving>,
        site: Arc<ReadySite>,
        (addr, local): (SocketAddr, IpAddr),
        now: UnixTime,
    ) -> Self {
        let ip = addr.ip().to_canonical().to_string();
        // An address is always a valid value; a static one in its place would hide a client.
        let forwarded_for = HeaderValue::from_str(&ip).unwrap_or(HeaderValue::from_static("unknown"));
        let standing = Standing::new(worker, serving, site, true, Arc::new(shown));
        standing.judged(TrustIndex::default(), now);
        Self { local, forwarded_for, current: Mutex::new(Arc::new(standing)), lost: AtomicBool::new(false) }
    }

    /// How the client stands as of now.
    pub(crate) fn standing(&self, worker: &Worker, now: UnixTime) -> Arc<Standing> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.serving.generation != worker.live.generation() || now > current.holds_until() {
            let next = current.renewed(worker, self.local, now);
            if current.loses(&next, now) {
                self.lost.store(true, Ordering::Release);
            }
            *current = Arc::new(next);
        }
        Arc::clone(&current)
    }

    /// Whether the connection must go: its certificate held and does so no more, its name is served
    /// no more, or a certificate would now be asked for.
    pub(crate) fn lost(&self, worker: &Worker, now: UnixTime) -> bool {
        self.standing(worker, now);
        self.lost.load(Ordering::Acquire)
    }

    /// When to look again, if nothing else happens.
    pub(crate) fn holds_until(&self) -> UnixTime {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).holds_until()
    }

    /// The client's address, as `X-Forwarded-For` has it.
    pub(crate) fn forwarded_for(&self) -> &HeaderValue {
        &self.forwarded_for
    }
}

impl Standing {
    fn new(worker: &Worker, serving: Arc<Serving>, site: Arc<ReadySite>, served: bool, shown: Arc<Shown>) -> Self {
        let pool = worker.pool(&serving, &site.upstream);
        // One place even without a trust, for the anonymous client of a site that asks for nothing.
        let judged = (0..site.trusts.len().max(1)).map(|_| OnceLock::new()).collect();
        Self {
            serving,
            site,
            pool,
            served,
            shown,
            judged,
            nobody: OnceLock::new(),
            holds_until: AtomicI64::new(i64::MAX),
        }
    }

    /// The same client today, judged by every trust that judged it before.
    fn renewed(&self, worker: &Worker, local: IpAddr, now: UnixTime) -> Self {
        let serving = worker.live.serving();
        let found = serving.sites.find(self.shown.server_name.as_deref(), local).map(Arc::clone);
        let served = found.is_some();
        let site = found.unwrap_or_else(|| Arc::clone(&self.site));
        let next = Self::new(worker, serving, site, served, Arc::clone(&self.shown));
        next.judged(TrustIndex::default(), now);
        for name in self.verified_by() {
            if let Some(trust) = next.trust_named(name) {
                next.judged(trust, now);
            }
        }
        next
    }

    /// Whether what held here holds there no more.
    fn loses(&self, next: &Self, now: UnixTime) -> bool {
        let asked_now = self.site.policy.client == ClientMode::Off && next.site.policy.client != ClientMode::Off;
        !next.served
            || asked_now
            || self
                .verified_by()
                .any(|name| next.trust_named(name).is_none_or(|trust| !next.judged(trust, now).is_verified()))
    }

    fn verified_by(&self) -> impl Iterator<Item = &str> {
        let all = self.site.trusts.iter().zip(&self.judged);
        all.filter(|(_, judged)| judged.get().is_some_and(Judged::is_verified)).map(|(trust, _)| trust.name())
    }

    fn trust_named(&self, name: &str) -> Option<TrustIndex> {
        let at = self.site.trusts.iter().position(|trust| trust.name() == name)?;
        u16::try_from(at).ok().map(TrustIndex)
    }

    /// The judgement of this trust.
    pub(crate) fn judged(&self, trust: TrustIndex, now: UnixTime) -> &Judged {
        static NOBODY: OnceLock<Judged> = OnceLock::new();
        let at = usize::from(trust.0);
        match self.judged.get(at) {
            Some(place) => place.get_or_init(|| {
                let trust = self.site.trusts.get(at).map(|trust| &**trust);
                let judged = Judged::new(&self.shown, trust, &self.site, now);
                if let Outcome::Verified(chain) = &judged.outcome {
                    self.holds_until.fetch_min(chain.holds_until().0, Ordering::AcqRel);
                }
                judged
            }),
            // Routes name only trusts of their site; one that does not is open to nobody.
            None => NOBODY.get_or_init(|| Judged {
                outcome: Outcome::Rejected(Refusal::new(Reason::ClientCertUnknownCa)),
                stamps: Stamps::new(),
                assertion: None,
                binding: Binding::rejected(),
            }),
        }
    }

    /// The client as one without a certificate, whatever it showed: no header, assertion or cookie
    /// tells the app of one.
    pub(crate) fn nobody(&self, now: UnixTime) -> &Judged {
        self.nobody.get_or_init(|| Judged::new(&self.shown, None, &self.site, now))
    }

    pub(crate) fn at(&self, now: UnixTime) -> StandingAt<'_> {
        StandingAt(self, now)
    }

    fn holds_until(&self) -> UnixTime {
        UnixTime(self.holds_until.load(Ordering::Acquire))
    }

    /// # Errors
    /// After a reload no site has the name that the connection was made for.
    pub(crate) fn served(&self) -> Result<(), Refusal> {
        if self.served { Ok(()) } else { Err(Refusal::new(Reason::MisdirectedRequest)) }
    }

    /// Whether a tunnel to this path may go on, and when its API key ends; `told` if the app knows the
    /// client by its certificate.
    pub(crate) fn still_admits(
        &self,
        decoded_path: &str,
        api_key: Option<ApiKeyId>,
        now: UnixTime,
        told: bool,
    ) -> Result<Option<UnixTime>, Refusal> {
        self.served()?;
        still_admitted(&self.site.policy, decoded_path, api_key, &self.at(now), now, told)
    }
}

impl Clients for StandingAt<'_> {
    fn under(&self, trust: TrustIndex) -> Client<'_> {
        match &self.0.judged(trust, self.1).outcome {
            Outcome::Anonymous => Client::Anonymous,
            Outcome::Verified(chain) => Client::Verified(chain.identity()),
            Outcome::Rejected(refusal) => Client::Rejected(refusal),
        }
    }
}

impl Shown {
    pub(crate) fn in_handshake(session: &ServerConnection, server_name: Option<Box<str>>) -> Self {
        let chain = session.peer_certificates().unwrap_or_default().iter().map(|c| c.clone().into_owned()).collect();
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::V1_3,
            // There is no other (`sites`).
            _ => TlsVersion::V1_2,
        };
        Self { chain, server_name, version, resumed: session.handshake_kind() == Some(HandshakeKind::Resumed) }
    }

    /// What the assertions of this connection have in common.
    fn prepare(&self, outcome: &Outcome, site: &ReadySite) -> Option<Prepared> {
        let client = match outcome {
            Outcome::Anonymous => None,
            Outcome::Verified(chain) => Some(ClientFacts {
                identity: chain.identity(),
                trust: chain.trust(),
                revocation: match chain.revocation().source {
                    Source::None => countersign_assertion::Revocation::Unchecked,
                    Source::Crl { this_update, fresh } => {
                        countersign_assertion::Revocation::Crl { at: this_update, fresh }
                    }
                },
            }),
            Outcome::Rejected(_) => return None,
        };
        let sni = self.server_name.as_deref().unwrap_or_default();
        let tls = TlsFacts { version: self.version, sni, resumed: self.resumed };
        Some(site.assertion.prepare(&ConnectionFacts { client, tls }))
    }
}

impl Judged {
    fn new(shown: &Shown, trust: Option<&Trust>, site: &ReadySite, now: UnixTime) -> Self {
        let outcome = match trust {
            Some(trust) if !shown.chain.is_empty() => match judge(&shown.chain, trust, now) {
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
        let assertion = shown.prepare(&outcome, site);
        let size = assertion.as_ref().map_or(0, Prepared::largest);
        let binding = match &outcome {
            Outcome::Anonymous => Binding::nobody(),
            Outcome::Verified(chain) => Binding::of(chain.identity(), site.cookies.bind_to),
            Outcome::Rejected(_) => Binding::rejected(),
        };
        match formats::identity_headers(&site.identity, chain, size) {
            Ok(stamps) => Self { outcome, stamps, assertion, binding },
            // A certificate that cannot be told to the app is none that could be acted on.
            Err(refusal) => Self {
                outcome: Outcome::Rejected(refusal),
                stamps: Stamps::new(),
                assertion: None,
                binding: Binding::rejected(),
            },
        }
    }

    pub(crate) fn is_verified(&self) -> bool {
        matches!(self.outcome, Outcome::Verified(_))
    }

    /// Who it is, for the log.
    pub(crate) fn subject(&self) -> &str {
        match &self.outcome {
            Outcome::Verified(chain) => &chain.identity().subject,
            Outcome::Anonymous => "",
            Outcome::Rejected(_) => "(rejected)",
        }
    }

    pub(crate) fn stamps(&self) -> impl Iterator<Item = (&HeaderName, HeaderValue)> {
        self.stamps.iter().map(|(name, value)| (name, value.clone()))
    }
}

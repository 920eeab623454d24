//! The client: judged from a certificate, taken on the command line's word, or nobody.

use countersign_core::{Client, ClientMode, Clients, Identity, Reason, Refusal, SubjectAltNames, TrustIndex, UnixTime};
use countersign_gateway::{VerifiedChain, judge};

use super::{ExplainArgs, Place, Unclear};
use crate::config;

/// Who sends the request.
pub(super) enum Who {
    /// No certificate.
    Anonymous,
    /// Said to be verified; nothing was judged.
    Said(Box<Identity>),
    /// A chain, judged by each trust of the site.
    Judged(Vec<Result<VerifiedChain, Refusal>>),
}

impl Who {
    pub(super) fn of(args: &ExplainArgs, place: &Place, now: UnixTime) -> Result<Self, Unclear> {
        if let Some(path) = &args.cert {
            // A site that asks for no certificate never sees it.
            if place.site().is_some_and(|site| site.client == ClientMode::Off) {
                return Ok(Self::Anonymous);
            }
            let chain = config::certificates(path)?;
            if place.trusts().is_empty() {
                return Err("name what judges --cert: -c FILE or --ca FILE".to_owned().into());
            }
            return Ok(Self::Judged(place.trusts().iter().map(|trust| judge(&chain, trust, now)).collect()));
        }
        match args.client.as_deref() {
            None | Some("none") => Ok(Self::Anonymous),
            Some(text) => said(text, &args.sans, now).map(|identity| Self::Said(Box::new(identity))),
        }
    }

    /// For people.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Anonymous => "without a certificate".into(),
            Self::Said(identity) => format!("{} (on your word)", identity.subject),
            Self::Judged(by_trust) => match by_trust.iter().flatten().next() {
                Some(chain) => chain.identity().subject.clone(),
                None => "with a certificate that does not hold".into(),
            },
        }
    }
}

impl Clients for Who {
    fn under(&self, trust: TrustIndex) -> Client<'_> {
        static NO_SUCH_TRUST: Refusal = Refusal::new(Reason::ClientCertUnknownCa);
        match self {
            Self::Anonymous => Client::Anonymous,
            Self::Said(identity) => Client::Verified(identity),
            Self::Judged(by_trust) => match by_trust.get(usize::from(trust.0)) {
                Some(Ok(chain)) => Client::Verified(chain.identity()),
                Some(Err(refusal)) => Client::Rejected(refusal),
                None => Client::Rejected(&NO_SUCH_TRUST),
            },
        }
    }
}

fn said(text: &str, sans: &[String], now: UnixTime) -> Result<Identity, Unclear> {
    let subject = match text {
        "verified" => "CN=client",
        subject if subject.contains('=') => subject,
        _ => {
            return Err(
                format!("invalid client {text:?}: write none, verified, or a subject such as \"CN=alice\"").into()
            );
        }
    };
    let mut names = SubjectAltNames::default();
    for san in sans {
        let (list, name) = match san.split_once(':') {
            Some(("dns", name)) => (&mut names.dns, name),
            Some(("email", name)) => (&mut names.email, name),
            Some(("uri", name)) => (&mut names.uri, name),
            Some(("ip", name)) => (&mut names.ip, name),
            Some(("upn", name)) => (&mut names.upn, name),
            _ => {
                return Err(
                    format!("invalid name {san:?}: write its type first: dns:, email:, uri:, ip: or upn:").into()
                );
            }
        };
        list.push(name.into());
    }
    Ok(Identity {
        subject: subject.into(),
        issuer: "CN=issuer".into(),
        serial: "1".into(),
        sans: names,
        sha256: [0; 32],
        spki_sha256: [0; 32],
        not_before: now,
        not_after: now,
    })
}

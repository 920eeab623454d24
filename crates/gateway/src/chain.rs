//! The one place where a presented chain is judged.
//!
//! TLS proves only that the client holds the key of its leaf. Whether the chain counts is decided
//! here, on every connection, resumed or not: rustls does not call a verifier on resumption, and
//! filters that relied on that were bypassed (Caddy 1fbb2872, Go CVE-2025-68121). `hard` mode
//! calls this same function inside the handshake as well.
//!
//! The order of checks is that of RFC 5280 section 6.1: `paths` finds the ways from the leaf to an
//! anchor by the bytes of names; `examine` walks each from the anchor down, and for every
//! certificate asks for the signature, the strength of its key (`strength`), its validity and what
//! it may do (`rights`), and its names (`constraints`). One path that holds is enough. If none
//! does, the refusal is that of the path that got furthest.
//!
//! Why not webpki's path builder: it refuses every chain below a CA that constrains directory
//! names, e-mail addresses or URIs, which is how many organisations limit their CAs; it takes an
//! anchor for a name and a key only, so that an expired one or its pathLenConstraint would not
//! count; and it ignores keyUsage. Its callback sees a path only once those checks are past, so
//! the constraints cannot be added from outside. What needs cryptography is still its: signatures
//! are checked by the algorithms of webpki and aws-lc-rs, over the bytes as they came. The rest is
//! comparing facts, and `tests/x509` compares the verdicts with those of webpki and OpenSSL, chain
//! by chain; `docs/x509-conformance.md` lists them.
//!
//! Refused, each by name: expired or not yet valid (leaf, CA or anchor), unknown CA, no client
//! usage, a leaf whose keyUsage leaves out digitalSignature, CAs that may not sign, chains longer
//! than the trust or a pathLenConstraint allows, weak keys, broken or weak signatures, names
//! outside constraints, critical extensions that are not understood, malformed parts. Policies are
//! not processed: any will do, and a critical extension that demands or maps one refuses.
//!
//! Then each certificate of the path is looked up in the trust's CRLs and deny list (`revocation`).

mod constraints;
mod examine;
mod link;
mod paths;
mod rights;
mod strength;

use countersign_core::{Identity, Reason, Refusal, UnixTime};
use rustls::pki_types::CertificateDer;
use x509_cert::ext::pkix::KeyUsage;

use crate::{
    Checked, Trust,
    certificate::{Parsed, Raw},
    trust::Anchor,
};
pub(crate) use constraints::Constraints;
use examine::{Examiner, Stopped};
pub(crate) use link::Link;
use paths::{Found, Path};
pub(crate) use rights::check_anchor;
pub(crate) use strength::check_key;

/// Certificates beside the leaf. A client may send some that lead nowhere (RFC 8446 section 4.4.2);
/// this many are no accident.
const MAX_PRESENTED: usize = 24;

/// A chain that a trust accepted. Only [`judge`] makes one.
#[derive(Debug)]
pub struct VerifiedChain {
    identity: Identity,
    leaf: CertificateDer<'static>,
    cas: Vec<CertificateDer<'static>>,
    trust: Box<str>,
    holds_until: UnixTime,
    revocation: Checked,
}

impl VerifiedChain {
    /// What the leaf says.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The leaf, DER.
    #[must_use]
    pub fn leaf(&self) -> &CertificateDer<'static> {
        &self.leaf
    }

    /// The CAs between leaf and anchor, DER, the leaf's issuer first; neither leaf nor anchor, nor
    /// what else was sent. This is `Client-Cert-Chain` (RFC 9440 section 2.3).
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.cas
    }

    /// The name of the trust that accepted it.
    #[must_use]
    pub fn trust(&self) -> &str {
        &self.trust
    }

    /// What the absence of revocation rests on.
    #[must_use]
    pub fn revocation(&self) -> Checked {
        self.revocation
    }

    /// The last second at which leaf, CAs and anchor are all valid and the CRLs say the same; after
    /// it, judge again.
    #[must_use]
    pub fn holds_until(&self) -> UnixTime {
        self.holds_until
    }
}

/// Judges a chain, leaf first, as the client presented it.
///
/// # Errors
/// A [`Refusal`] with a reason of stage [`Identity`](countersign_core::Stage::Identity).
pub fn judge(presented: &[CertificateDer<'_>], trust: &Trust, now: UnixTime) -> Result<VerifiedChain, Refusal> {
    let [leaf_der, ders @ ..] = presented else {
        return Err(Refusal::new(Reason::ClientCertMissing));
    };
    let leaf = Parsed::read(leaf_der).map_err(malformed)?;
    let identity = leaf.identity().map_err(malformed)?;
    if ders.len() > MAX_PRESENTED {
        return Err(Refusal::new(Reason::ClientCertChainTooLong)
            .received(format!("{}, with {} certificates beside it", identity.subject, ders.len()))
            .expected(format!("at most {MAX_PRESENTED} certificates beside it")));
    }
    let raws: Vec<Option<Raw<'_>>> = ders.iter().map(|der| Raw::split(der).ok()).collect();
    let found = paths::find(&leaf.raw, &raws, &trust.anchors);
    let examiner = Examiner::new(&leaf, &identity.subject, ders, &raws, trust, now);
    let path = choose(&found, &examiner).ok_or_else(|| nowhere(&found, &identity, &raws, trust, &examiner))??;

    let links = links(path, &leaf, &examiner, ders, &raws, trust)?;
    // Asked of the chosen path alone, and final: that a certificate was revoked must not be undone by
    // another way to an anchor.
    let revocation = trust.revocation().check(&links, now)?;
    let anchor = trust.anchors.get(path.anchor).map(|anchor| anchor.content.not_after);
    let ends = links.iter().map(|link| crate::certificate::not_after(link.cert)).chain(anchor);
    let holds_until = ends.chain(revocation.holds_until).min().unwrap_or(identity.not_after);
    let cas = path.cas.iter().filter_map(|at| ders.get(*at)).map(|der| der.clone().into_owned()).collect();
    let (leaf, trust) = (leaf_der.clone().into_owned(), trust.name().into());
    Ok(VerifiedChain { identity, leaf, cas, trust, holds_until, revocation })
}

/// The first path that holds; else what stopped the one that got furthest. None if there is none.
fn choose<'f>(found: &'f Found, examiner: &Examiner<'_>) -> Option<Result<&'f Path, Refusal>> {
    let mut best: Option<Stopped> = None;
    for path in &found.paths {
        match examiner.examine(path) {
            Ok(()) => return Some(Ok(path)),
            Err(stopped) if best.as_ref().is_none_or(|best| stopped.progress > best.progress) => best = Some(stopped),
            Err(_) => {}
        }
    }
    best.map(|best| Err(best.refusal))
}

/// Why no path leads from the leaf to an anchor.
fn nowhere(
    found: &Found,
    leaf: &Identity,
    raws: &[Option<Raw<'_>>],
    trust: &Trust,
    examiner: &Examiner<'_>,
) -> Refusal {
    let subject = &leaf.subject;
    if found.cut {
        return Refusal::new(Reason::ClientCertChainTooLong)
            .received(subject)
            .expected(format!("at most {} CAs in between", trust.max_depth()));
    }
    if let Some(unreadable) = raws.iter().position(Option::is_none) {
        let n = unreadable + 1;
        return Refusal::new(Reason::ClientCertMalformed)
            .received(format!("{subject}: certificate {n} sent along with it is no X.509 certificate"));
    }
    let mut received = format!("{subject}, issued by {}", leaf.issuer);
    if let Some(Ok(last)) = found.dead_end.last().map(|at| examiner.content(*at)) {
        received += &format!("; the chain sent along ends at {}", last.cert.tbs_certificate().issuer());
    }
    Refusal::new(Reason::ClientCertUnknownCa).received(received).expected(format!("issued by {}", trust.accepted()))
}

fn malformed(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(Reason::ClientCertMalformed).received(error.to_string())
}

/// The accepted path, leaf first.
fn links<'a>(
    path: &Path,
    leaf: &'a Parsed<'_>,
    examiner: &'a Examiner<'_>,
    ders: &'a [CertificateDer<'_>],
    raws: &'a [Option<Raw<'_>>],
    trust: &'a Trust,
) -> Result<Vec<Link<'a>>, Refusal> {
    let lost = || malformed("a certificate of its path is missing");
    let anchor = trust.anchors.get(path.anchor).ok_or_else(lost)?;
    let mut issuers = Vec::with_capacity(path.cas.len() + 1);
    for &at in &path.cas {
        let (Some(der), Some(Some(raw))) = (ders.get(at), raws.get(at)) else { return Err(lost()) };
        issuers.push((der.as_ref(), raw, examiner.content(at)?));
    }
    issuers.push((anchor.der.as_ref(), &anchor.raw, &anchor.content));
    let mut links = Vec::with_capacity(issuers.len());
    let mut below = (leaf.der, &leaf.content.cert);
    for (der, raw, content) in issuers {
        links.push(Link {
            der: below.0,
            cert: below.1,
            issuer_name: &raw.subject,
            issuer_spki: &raw.spki,
            issuer_may_sign_crls: content.usage.as_ref().map(KeyUsage::crl_sign),
        });
        below = (der, &content.cert);
    }
    Ok(links)
}

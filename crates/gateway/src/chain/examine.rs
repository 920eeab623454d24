//! Judges one path, from the anchor down (RFC 5280 section 6.1).
//!
//! A certificate is looked into only once the signature above it holds: what an attacker made up
//! costs at most the check of a signature. Signatures and parsed CAs are remembered between paths,
//! and signature checks are counted over all of them.

use std::{
    cell::{OnceCell, RefCell},
    fmt::{self, Display},
};

use countersign_core::{Reason, Refusal, UnixTime};
use rustls::pki_types::CertificateDer;
use x509_cert::name::Name;

use super::{constraints::Walk, paths::Path, rights, strength};
use crate::{
    Trust,
    certificate::{CertificateError, Content, Parsed, Raw},
};

/// A path of the longest kind needs seven; every CA cross-signed and every anchor renewed, some
/// dozens. RFC 5280 has no limit, which others were stalled by.
const MAX_SIGNATURE_CHECKS: usize = 64;

/// What all paths from one leaf share.
pub(super) struct Examiner<'a> {
    leaf: &'a Parsed<'a>,
    /// The leaf's, for people.
    subject: &'a str,
    ders: &'a [CertificateDer<'a>],
    raws: &'a [Option<Raw<'a>>],
    contents: Vec<OnceCell<Result<Content, CertificateError>>>,
    signatures: RefCell<Vec<(Step, Result<(), String>)>>,
    trust: &'a Trust,
    now: UnixTime,
}

/// Who signed whom: positions, `None` for the leaf; `Err` for an anchor's.
type Step = (Option<usize>, Result<usize, usize>);

/// How far a path got, and what stopped it.
pub(super) struct Stopped {
    pub(super) progress: usize,
    pub(super) refusal: Refusal,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(
        leaf: &'a Parsed<'a>,
        subject: &'a str,
        ders: &'a [CertificateDer<'a>],
        raws: &'a [Option<Raw<'a>>],
        trust: &'a Trust,
        now: UnixTime,
    ) -> Self {
        let contents = raws.iter().map(|_| OnceCell::new()).collect();
        Self { leaf, subject, ders, raws, contents, signatures: RefCell::default(), trust, now }
    }

    /// Whether the path holds; else what stops it, and after how many certificates.
    pub(super) fn examine(&self, path: &Path) -> Result<(), Stopped> {
        let mut progress = 0;
        self.walk(path, &mut progress).map_err(|refusal| Stopped { progress, refusal })
    }

    fn walk(&self, path: &Path, progress: &mut usize) -> Result<(), Refusal> {
        let Some(anchor) = self.trust.anchors.get(path.anchor) else { return Err(self.impossible()) };
        let too_long = || {
            Refusal::new(Reason::ClientCertChainTooLong)
                .received(self.subject)
                .expected(format!("at most {} CAs in between", self.trust.max_depth()))
        };
        if path.cas.len() > self.trust.max_depth() {
            return Err(too_long());
        }
        let mut names = Walk::default();
        let mut path_len = anchor.content.path_len;
        let mut limited_by = anchor.content.subject();
        let mut issuer = (Err(path.anchor), &anchor.raw, anchor.content.subject());
        let who = self.ca(&anchor.content);
        names.enter(&anchor.content).map_err(|why| constraint(&who, &why))?;
        rights::check_validity(&anchor.content, &who, self.now)?;

        for &at in path.cas.iter().rev() {
            let Some(raw) = self.raws.get(at).and_then(Option::as_ref) else { return Err(self.impossible()) };
            *progress += 1;
            self.check_signature((Some(at), issuer.0), raw, issuer.1, issuer.2)?;
            *progress += 1;
            let content = self.content(at)?;
            let who = self.ca(content);
            strength::check_key(raw).map_err(|why| weak(&who, &why))?;
            rights::check_ca(content, &who, self.now)?;
            // RFC 5280 section 6.1.4 (l) and (m); a CA that renews its own key does not count.
            if !raw.self_issued() {
                path_len = match path_len {
                    Some(0) => {
                        return Err(Refusal::new(Reason::ClientCertChainTooLong).received(who.to_string()).expected(
                            format!("no further CA: {limited_by} limits how many may follow (pathLenConstraint)"),
                        ));
                    }
                    Some(left) => Some(left - 1),
                    None => None,
                };
                names.check(content).map_err(|why| constraint(&who, &why))?;
            }
            if let Some(own) = content.path_len
                && path_len.is_none_or(|left| own < left)
            {
                path_len = Some(own);
                limited_by = content.subject();
            }
            names.enter(content).map_err(|why| constraint(&who, &why))?;
            issuer = (Ok(at), raw, content.subject());
        }

        *progress += 1;
        self.check_signature((None, issuer.0), &self.leaf.raw, issuer.1, issuer.2)?;
        *progress += 1;
        strength::check_key(&self.leaf.raw).map_err(|why| weak(&self.subject, &why))?;
        rights::check_leaf(&self.leaf.content, &self.subject, self.now)?;
        names.check(&self.leaf.content).map_err(|why| constraint(&self.subject, &why))
    }

    /// A CA on the path, parsed when it is first needed.
    pub(super) fn content(&self, at: usize) -> Result<&Content, Refusal> {
        let (Some(cell), Some(der), Some(Some(raw))) = (self.contents.get(at), self.ders.get(at), self.raws.get(at))
        else {
            return Err(self.impossible());
        };
        cell.get_or_init(|| Content::read(der, raw)).as_ref().map_err(|error| {
            Refusal::new(Reason::ClientCertMalformed).received(format!("a CA of {}: {error}", self.subject))
        })
    }

    fn check_signature(&self, step: Step, signed: &Raw<'_>, by: &Raw<'_>, issuer: &Name) -> Result<(), Refusal> {
        let mut checked = self.signatures.borrow_mut();
        let known = checked.iter().find(|(known, _)| *known == step).map(|(_, result)| result.clone());
        let result = match known {
            Some(result) => result,
            None if checked.len() >= MAX_SIGNATURE_CHECKS => {
                return Err(Refusal::new(Reason::ClientCertBadSignature)
                    .received(format!("{}, with a chain of too many signatures", self.subject))
                    .expected(format!("at most {MAX_SIGNATURE_CHECKS} signatures to check")));
            }
            None => {
                let result = strength::algorithm(signed, by).and_then(|algorithm| {
                    // RFC 5280 section 4.1.1.3: the signature is over the bytes as they came.
                    algorithm
                        .verify_signature(&by.key, &signed.tbs, &signed.signature)
                        .map_err(|_| format!("the signature does not hold for the key of {issuer}"))
                });
                checked.push((step, result.clone()));
                result
            }
        };
        result.map_err(|why| {
            let who = match step.0 {
                Some(_) => format!("a CA of {}", self.subject),
                None => self.subject.into(),
            };
            Refusal::new(Reason::ClientCertBadSignature).received(format!("{who}: {why}"))
        })
    }

    fn ca<'c>(&'c self, ca: &'c Content) -> Ca<'c> {
        Ca { name: ca.subject(), of: self.subject }
    }

    /// A position that is none of ours; refused, should it ever be.
    fn impossible(&self) -> Refusal {
        Refusal::new(Reason::ClientCertMalformed).received(self.subject)
    }
}

/// A CA as people are told of it. Written only when there is something to tell: looking up the names
/// of attributes takes a tenth of the time that a signature takes.
struct Ca<'a> {
    name: &'a Name,
    of: &'a str,
}

impl Display for Ca<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, a CA of {}", self.name, self.of)
    }
}

fn constraint(who: &dyn Display, why: &str) -> Refusal {
    Refusal::new(Reason::ClientCertNameConstraint).received(format!("{who}: {why}"))
}

fn weak(who: &dyn Display, key: &str) -> Refusal {
    Refusal::new(Reason::ClientCertWeakKey)
        .received(format!("{who}, with {key}"))
        .expected("RSA of 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519")
}

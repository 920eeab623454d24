//! Certificates that are wrong on purpose.
//!
//! Verification is only tested by certificates that must fail it: expired, not yet valid, for
//! another usage, below a CA that may have nobody below it. [`Authority`](super::Authority) makes
//! them through its `…_with` functions and a [`Deviations`]; the command line has no way to reach
//! one. What is left `None` follows the rules; what is set is written as it is, *unchecked*.

use std::time::SystemTime;

/// An extended key usage (RFC 5280, 4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Usage {
    /// `serverAuth`
    ServerAuth,
    /// `clientAuth`
    ClientAuth,
    /// `anyExtendedKeyUsage`, which careful verifiers don't take for `clientAuth`
    Any,
}

/// How a certificate departs from what its request would give. For tests and demonstrations.
#[derive(Clone, Debug, Default)]
pub struct Deviations {
    /// Start of validity; else shortly before now, and not before the CA's.
    pub not_before: Option<SystemTime>,
    /// End of validity; else what the request's days give, and not after the CA's.
    pub not_after: Option<SystemTime>,
    /// Extended key usages, none if empty; else the one that the request is for.
    pub usages: Option<Vec<Usage>>,
    /// How many CAs may stand below this one; else one less than above, and none below a root.
    pub path_len: Option<u8>,
}

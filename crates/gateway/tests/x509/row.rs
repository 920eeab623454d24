//! A row of the table: a chain, what comes of it here, and where others differ.

use crate::make::{Ca, NOW};

/// A chain with what it is judged by.
pub(crate) struct Made {
    /// Leaf first.
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) anchors: Vec<Vec<u8>>,
    pub(crate) max_depth: usize,
    pub(crate) now: i64,
    /// When the trust was read.
    pub(crate) loaded: i64,
}

/// DER, leaf first, below these roots.
pub(crate) fn made(chain: &[&[u8]], roots: &[&Ca]) -> Made {
    Made {
        chain: chain.iter().map(|der| der.to_vec()).collect(),
        anchors: roots.iter().map(|root| root.der.clone()).collect(),
        max_depth: 3,
        now: NOW,
        loaded: NOW,
    }
}

impl Made {
    pub(crate) fn at(self, now: i64) -> Self {
        Self { now, loaded: now, ..self }
    }

    pub(crate) fn loaded(self, loaded: i64) -> Self {
        Self { loaded, ..self }
    }

    pub(crate) fn depth(self, max_depth: usize) -> Self {
        Self { max_depth, ..self }
    }
}

/// What comes of a chain here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ours {
    Accepted,
    /// With this reason, which says this.
    Refused(&'static str, &'static str),
    /// The trust itself, when it is read, with an error that says this.
    Unloadable(&'static str),
}

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) shows: &'static str,
    pub(crate) made: Made,
    pub(crate) ours: Ours,
    /// Why OpenSSL comes to the other verdict; it must, then.
    pub(crate) openssl: Option<&'static str>,
    pub(crate) webpki: Option<&'static str>,
}

impl Row {
    pub(crate) fn accepted(name: &'static str, shows: &'static str, made: Made) -> Self {
        Self { name, shows, made, ours: Ours::Accepted, openssl: None, webpki: None }
    }

    pub(crate) fn refused(
        name: &'static str,
        shows: &'static str,
        made: Made,
        reason: &'static str,
        said: &'static str,
    ) -> Self {
        Self { ours: Ours::Refused(reason, said), ..Self::accepted(name, shows, made) }
    }

    pub(crate) fn unloadable(name: &'static str, shows: &'static str, made: Made, said: &'static str) -> Self {
        Self { ours: Ours::Unloadable(said), ..Self::accepted(name, shows, made) }
    }

    pub(crate) fn unlike_openssl(self, why: &'static str) -> Self {
        Self { openssl: Some(why), ..self }
    }

    pub(crate) fn unlike_webpki(self, why: &'static str) -> Self {
        Self { webpki: Some(why), ..self }
    }

    pub(crate) fn unlike_both(self, why: &'static str) -> Self {
        Self { openssl: Some(why), webpki: Some(why), ..self }
    }

    pub(crate) fn accepts(&self) -> bool {
        self.ours == Ours::Accepted
    }
}

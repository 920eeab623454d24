//! A set of served host names with its policy.

use std::{str::FromStr, sync::Arc};

use crate::{ApiKeys, Cors, Host, HostPattern, Origin, RouteTable, TrustedOrigin, django};

/// What a site asks of the TLS client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ClientMode {
    /// A certificate is required, and its lack or its fault is told in a page.
    #[default]
    Soft,
    /// As `soft`, and the handshake fails as well.
    Hard,
    /// Without a certificate a client is anonymous; a bad one is refused.
    Optional,
    /// No certificate is asked for.
    Off,
}

impl ClientMode {
    /// As configuration has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Soft => "soft",
            Self::Hard => "hard",
            Self::Optional => "optional",
            Self::Off => "off",
        }
    }
}

impl FromStr for ClientMode {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Soft, Self::Hard, Self::Optional, Self::Off].into_iter().find(|m| m.code() == text).ok_or(())
    }
}

/// What the decision needs to know of a site.
#[derive(Clone, Debug)]
pub struct Site {
    /// The names that it serves; a request for another one is misdirected.
    pub hosts: Vec<HostPattern>,
    /// What it asks of the TLS client.
    pub client: ClientMode,
    /// Origins beside its own whose pages may send requests.
    pub trusted_origins: Vec<TrustedOrigin>,
    /// What pages of other origins may ask; none: nothing.
    pub cors: Option<Cors>,
    /// The API keys that its routes may ask for.
    pub api_keys: Arc<ApiKeys>,
    /// What Django's token check depends on, where a route asks for it.
    pub django: django::Settings,
    /// Its routes.
    pub routes: RouteTable,
}

impl Site {
    /// Whether this host is one of its own.
    #[must_use]
    pub fn serves(&self, host: &Host<'_>) -> bool {
        self.hosts.iter().any(|pattern| pattern.matches(host))
    }

    pub(crate) fn trusts(&self, origin: &Origin<'_>) -> bool {
        self.trusted_origins.iter().any(|trusted| trusted.matches(origin))
    }

    /// The name that logs call it by: its first host.
    #[must_use]
    pub fn name(&self) -> String {
        self.hosts.first().map(ToString::to_string).unwrap_or_default()
    }
}

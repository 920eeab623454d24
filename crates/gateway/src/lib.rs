//! The gateway: terminates mutual TLS, asks [`countersign_core::decide`] about every request, and
//! forwards what was permitted. Knows nothing of files or the command line: [`Settings`] come in
//! checked.
//!
//! Life of a request: `worker` accepts → `connection` reads the ClientHello, finds the site
//! (`sites`) and completes the handshake (`verifier`) → `chain` judges what was presented, `revocation`
//! included →
//! `exchange` builds the head (`scan`, `request`), decides, cleans and stamps (`headers`, `stamp`,
//! `formats`), forwards (`forward`, `upstream`, `tunnel`) or refuses (`refuse`) → `record`, which logs
//! and counts (`metrics`) in the words of `outcome`. `admin` tells the counts.
//!
//! Invariants
//! - No request reaches an app without a [`Permit`](countersign_core::Permit) and stamped headers.
//! - No connection is served without a judgement on its chain, resumed or not.
//! - A peer's bytes never panic a worker; each way out of an exchange is recorded.

mod activity;
mod admin;
mod api_key;
mod body;
mod certificate;
mod chain;
mod connection;
mod cookies;
mod cors;
mod exchange;
mod formats;
mod forward;
mod gateway;
mod headers;
mod live;
mod metrics;
mod outcome;
mod overrides;
mod peer;
mod plain;
mod reasons;
mod record;
mod redirect;
mod refuse;
mod report;
mod request;
mod request_id;
mod revocation;
mod scan;
mod settings;
mod sites;
mod slots;
mod stamp;
mod token;
mod trust;
mod tunnel;
mod upstream;
mod verifier;
mod websocket;
mod wire;
mod worker;

pub use certificate::{CertificateError, Facts, read as read_certificate};
pub use chain::{VerifiedChain, judge};
pub use cookies::{
    BindTo, Binding, CookiePolicy, CookieRepair, CookieRing, OVERHEAD as COOKIE_OVERHEAD, Opened, SameSite, Unopened,
};
pub use formats::{
    BUDGET as IDENTITY_HEADER_BUDGET, BUDGET_OF_ALL as IDENTITY_HEADERS_BUDGET, FORMAT_CODES, FORMATS, IdentityFormat,
    identity_headers,
};
pub use gateway::{Gateway, ReloadError, StartError};
pub use metrics::{Alert, FAMILIES, Family};
pub use revocation::{
    Checked, Crl, CrlCache, CrlError, CrlFacts, DenyError, DenyList, LoadedCrl, Number, Revocation, RevocationError,
    Revoked, Serials, Source, Stale,
};
pub use settings::{Limits, Settings, SiteSettings, Upstream, UpstreamError};
pub use sites::SiteError;
pub use trust::{Trust, TrustError};

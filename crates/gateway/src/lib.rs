//! The gateway: terminates mutual TLS, asks [`countersign_core::decide`] about every request, and
//! forwards what was permitted. Knows nothing of files or the command line: [`Settings`] come in
//! checked.

mod settings;
mod trust;

pub use settings::{IdentityFormat, Limits, Settings, SiteSettings, Upstream, UpstreamError};
pub use trust::{Trust, TrustError};

//! The decision: may this request reach the app?
//!
//! Two proofs are asked of every request. **Identity**: a client certificate that holds *now*.
//! **Intent**: evidence that the page that sent it belongs to the site, or that no browser sent it.
//! [`decide`] looks at a [`Head`], a [`Site`], a [`Client`] and the time, and answers with a
//! [`Decision`]. The gateway, `explain` and the test vectors all call that one function.
//!
//! Invariants
//! - No I/O, no clock, no global state: time is an argument, so a decision can be replayed.
//! - Only [`decide`] can build a [`Permit`]; whoever forwards asks for one, so that a skipped
//!   check does not compile.
//! - The path that is matched is the path that is forwarded ([`CanonicalPath`]); a head that two
//!   parsers could read in two ways never becomes a [`Head`].
//! - Nothing is allocated on the way to a permit (unless the path holds escapes), and the rule
//!   trace costs nothing unless an [`Observer`] asks for it.
//!
//! What it does not see: request bodies, tokens in them, scripts that run inside the site's own
//! origin, and whether a key was stolen.

mod allow;
mod api_key;
mod cors;
mod decide;
pub mod django;
pub mod form;
mod head;
mod host;
mod identity;
mod origin;
mod path;
mod protected;
mod provenance;
mod reason;
mod report_only;
mod route;
mod rules;
mod site;
pub mod token;
mod trace;
mod verdict;

pub use allow::{AllowRule, AllowRuleError};
pub use api_key::{ApiKey, ApiKeyId, ApiKeyRule, ApiKeyRuleError, ApiKeyText, ApiKeys, KeyBinding};
pub use cors::{Cors, CorsOrigins, Preflight, SIMPLE_METHODS};
pub use decide::{decide, still_admitted};
pub use head::{Head, HeadBuilder, Target};
pub use host::{Host, HostError, HostPattern};
pub use identity::{Client, Clients, Identity, SubjectAltNames, TrustIndex, UnixTime};
pub use origin::{Origin, OriginError, TrustedOrigin, TrustedOriginError};
pub use path::CanonicalPath;
pub use protected::ProtectedNames;
pub use provenance::Provenance;
pub use reason::{REASONS, Reason, ReasonInfo, Stage};
pub use report_only::{ReportOnly, Reported};
pub use route::{Audience, Methods, Route, RouteError, RouteTable};
pub use rules::{RULES, Rule, RuleInfo};
pub use site::{ClientMode, Site};
pub use token::{Pending, Token};
pub use trace::{Observer, Outcome, Silent, Step, Trace};
pub use verdict::{BASES, Basis, Decision, Permit, Refusal, Verdict};

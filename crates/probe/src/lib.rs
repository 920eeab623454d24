//! Attacks a site behind mutual TLS, and says which defence held.
//!
//! `countersign probe` is its command line. A [`Case`] is one attack; [`run()`] sends those that were
//! chosen, each beside an honest request that worked, and every [`Outcome`] rests on evidence: what was
//! stored, what a page shows, who refused and in which words. What cannot be told is `inconclusive`, what
//! was not tried says what it needs.
//!
//! **Invariants**
//! - One host is attacked, the one that was named; anything but loopback only with its owner's word
//!   ([`Target::new`]). Redirects are read and never followed.
//! - A baseline that does not work ends the run ([`BaselineError`]).
//! - No request can disturb another user: see the module on smuggling.
//! - Answers are bounded in size and time, and nothing of them is trusted.

mod answer;
mod browser;
mod case;
mod cases;
mod client;
mod cookies;
mod credentials;
mod desync;
mod entry;
mod evidence;
mod forgery;
mod form;
mod http2;
mod probe;
mod reading;
pub mod report;
mod request;
mod run;
mod spelling;
mod spoof;
mod target;
mod tls;
mod writing;

pub use self::{
    browser::{BrowserError, BrowserSetup, Product},
    case::{Case, Class, Outcome, Verdict},
    cases::CASES,
    credentials::{Certificates, Credentials, CredentialsError},
    evidence::Layer,
    probe::BaselineError,
    run::{Answered, Results, Run, choose, run},
    target::{Pace, Site, Target, TargetError},
    tls::{Trust, TrustError},
};

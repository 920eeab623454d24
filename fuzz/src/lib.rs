//! What is fuzzed: one function per input format, which panics where an invariant breaks.
//!
//! Used by the libFuzzer programs in `bins/`, and on a stable compiler by
//! `crates/*/tests/fuzz_smoke.rs`, which include the files of `targets/` by path.

#[path = "../targets/assertion.rs"]
mod assertion;
#[path = "../targets/certificate.rs"]
mod certificate;
#[path = "../targets/config.rs"]
mod config;
#[path = "../targets/cookies.rs"]
mod cookies;
#[path = "../targets/crl.rs"]
mod crl;
#[path = "../targets/django.rs"]
mod django;
#[path = "../targets/form.rs"]
mod form;
#[path = "../targets/head.rs"]
mod head;
#[path = "../targets/origin.rs"]
mod origin;
#[path = "../targets/path.rs"]
mod path;

pub use assertion::assertion;
pub use certificate::certificate;
pub use config::config;
pub use cookies::cookies;
pub use crl::crl;
pub use django::django;
pub use form::form;
pub use head::head;
pub use origin::origin;
pub use path::path;

//! What configurations mean and what is said about wrong ones.

mod keys;
pub(crate) mod material;
mod messages;
mod never_panics;

use std::path::Path;

use countersign_core::UnixTime;

use super::{Config, parse};
use crate::diagnostic::Problems;

/// 2027-01-15, inside the validity of all that is not meant to be expired.
const NOW: UnixTime = UnixTime(1_800_000_000);

fn read(text: &str) -> Result<Config, Problems> {
    parse(text, Path::new("countersign.toml"), NOW, material::files())
}

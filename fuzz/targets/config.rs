//! Configuration: a file that is accepted has what a gateway needs, and one that is not says what is
//! wrong, at a place that is inside the file. No file is read.

use std::{collections::BTreeMap, path::Path};

use countersign::{config, report::Format};
use countersign_core::UnixTime;

/// The input is a configuration file.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = config::parse(text, Path::new("countersign.toml"), UnixTime(1_800_000_000), &BTreeMap::new());
    let problems = match &read {
        Ok(config) => {
            // Without its certificate a site is an error, so that nothing can be accepted here.
            assert!(config.settings.sites.is_empty() || !config.warnings.refuse(), "{text:?}");
            &config.warnings
        }
        Err(problems) => {
            assert!(problems.refuse(), "refused without an error: {text:?}");
            problems
        }
    };
    let lines = text.split('\n').count();
    for record in problems.records() {
        assert!(record.line.is_none_or(|line| (1..=lines).contains(&line)), "{record:?}");
        assert!(!record.message.is_empty(), "{record:?}");
    }
    let _ = problems.render_plain();
    let _ = countersign::check::answer(&read, Format::Json);
}

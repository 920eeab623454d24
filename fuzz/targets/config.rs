//! Configuration: whatever the text, the answer is problems that say where, inside the file. No
//! file is read, so that nothing can be accepted.

use std::{collections::BTreeMap, path::Path};

use countersign::{config, report::Format};
use countersign_core::UnixTime;

/// The input is a configuration file.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = config::parse(text, Path::new("countersign.toml"), UnixTime(1_800_000_000), &BTreeMap::new());
    // Without files nothing can be served, so there is always something to say.
    let Err(problems) = &read else { panic!("accepted without a certificate: {text:?}") };
    assert!(problems.refuse(), "refused without an error: {text:?}");
    let lines = text.split('\n').count();
    for record in problems.records() {
        assert!(record.line.is_none_or(|line| (1..=lines).contains(&line)), "{record:?}");
        assert!(!record.message.is_empty(), "{record:?}");
    }
    let _ = problems.render_plain();
    let _ = countersign::check::answer(&read, Format::Json);
}

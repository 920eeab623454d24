//! `countersign check`: is the configuration right, and what does it mean?
//!
//! Prints what the gateway would go by: for each host and each of its routes the policy that
//! holds, after all defaults. Warnings go along; with errors there is no matrix.

mod matrix;
pub(crate) mod table;

use std::{fmt::Write, path::PathBuf};

use countersign_core::UnixTime;
use serde_json::json;

use crate::{
    config::{self, Config},
    diagnostic::{Problems, Severity},
    report::{Format, Report},
};

/// What `countersign check` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// The configuration file.
    #[arg(short, long, value_name = "FILE", default_value = "countersign.toml")]
    pub config: PathBuf,
    /// How to answer.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Checks the configuration at this time: certificates are judged by it. Exit code 0 or 2.
#[must_use]
pub fn run(args: &CheckArgs, now: UnixTime) -> Report {
    answer(&config::load(&args.config, now), args.format)
}

/// The answer for a configuration that was read.
#[must_use]
pub fn answer(read: &Result<Config, Problems>, format: Format) -> Report {
    let code = if read.is_ok() { Report::FINE } else { Report::USAGE };
    let problems = match read {
        Ok(config) => &config.warnings,
        Err(problems) => problems,
    };
    match format {
        Format::Json => {
            let mut answer = read.as_ref().map_or_else(|_| json!({}), matrix::json);
            if let Some(answer) = answer.as_object_mut() {
                answer.insert("file".into(), problems.file().into());
                answer.insert("ok".into(), read.is_ok().into());
                answer.insert("problems".into(), json!(problems.records()));
            }
            Report { stdout: format!("{answer:#}\n"), stderr: String::new(), code }
        }
        Format::Text => {
            let stdout = read.as_ref().map(matrix::text).unwrap_or_default();
            Report { stdout, stderr: problems.render() + &summary(problems), code }
        }
    }
}

/// `countersign.toml: 2 errors, 1 warning`
fn summary(problems: &Problems) -> String {
    let mut text = problems.file().to_owned();
    let mut glue = ": ";
    for (severity, name) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        let count = problems.count(severity);
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            // Writing to a String does not fail.
            let _ = write!(text, "{glue}{count} {name}{plural}");
            glue = ", ";
        }
    }
    if glue == ": " {
        text.push_str(": fine");
    }
    text + "\n"
}

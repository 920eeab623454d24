//! The `countersign` command.

use std::{io::Write, process::ExitCode, time::SystemTime};

use clap::Parser;
use countersign::{check, report::Report};
use countersign_core::UnixTime;

#[derive(Parser)]
#[command(version, about)]
enum Command {
    /// Validate the configuration; print the resolved host → route → policy matrix.
    Check(check::CheckArgs),
}

fn main() -> ExitCode {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = UnixTime(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    let Report { stdout, stderr, code } = match Command::parse() {
        Command::Check(args) => check::run(&args, now),
    };
    let written = anstream::stdout().write_all(stdout.as_bytes());
    let _ = anstream::stderr().write_all(stderr.as_bytes());
    if written.is_err() { ExitCode::from(Report::FAILED) } else { ExitCode::from(code) }
}

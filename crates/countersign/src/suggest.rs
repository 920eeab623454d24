//! `countersign suggest`: reads the log of a site on trial (`report_only`) and proposes what its
//! configuration lacks.
//!
//! Reads text and JSON, whatever its size, in a bounded amount of memory. Proposes trusted origins and
//! routes, each with what it rests on and what is to be asked before it is taken; with a configuration
//! it writes them into it, and shows the result only if `check` takes it. What it cannot judge is listed
//! with counts, and what looks like an attack is shown as one. Nothing is ever changed in place.

mod answer;
mod edit;
pub(crate) mod event;
mod proposal;
mod tally;

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use countersign_core::UnixTime;

use self::{answer::Answer, tally::Tally};
use crate::{
    config::{self, Config, Disk},
    report::Report,
};

/// Longer than any line that the gateway writes.
const MAX_LINE: usize = 256 << 10;

/// What `countersign suggest` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct SuggestArgs {
    /// The logs, in either format; "-" is standard input
    #[arg(value_name = "LOG", required = true)]
    pub logs: Vec<PathBuf>,
    /// The configuration that they come from: what it has already is not proposed
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to answer; "toml" is the configuration with the proposals in it, and needs -c
    #[arg(long, value_enum, default_value_t)]
    pub format: SuggestFormat,
}

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum SuggestFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// The configuration with the proposals in it.
    Toml,
}

/// Reads the logs and answers. Exit code 0: nothing to suggest; 1: suggestions; 2: usage or
/// configuration; 3: a log that cannot be read.
#[must_use]
pub fn run(args: &SuggestArgs, now: UnixTime) -> Report {
    if args.format == SuggestFormat::Toml && args.config.is_none() {
        return Report::usage("--format toml writes into a configuration: name it with -c FILE");
    }
    let before = match args.config.as_deref().map(|path| Before::read(path, now)).transpose() {
        Ok(before) => before,
        Err(report) => return report,
    };
    let mut tally = Tally::default();
    for path in &args.logs {
        let read = match path.to_str() {
            Some("-") => read(&mut tally, io::stdin().lock()),
            _ => File::open(path).and_then(|file| read(&mut tally, BufReader::new(file))),
        };
        if let Err(error) = read {
            let stderr = format!("error: cannot read {:?}: {error}\n", path.display().to_string());
            return Report { stderr, code: Report::FAILED, ..Report::default() };
        }
    }
    Answer::new(&tally, before.as_ref(), now).report(args.format)
}

/// The configuration of today.
#[derive(Debug)]
struct Before {
    path: PathBuf,
    text: String,
    config: Config,
}

impl Before {
    fn read(path: &Path, now: UnixTime) -> Result<Self, Report> {
        let refused = |problems: crate::diagnostic::Problems| Report {
            stderr: problems.render(),
            code: Report::USAGE,
            ..Report::default()
        };
        let text = config::text(path, &Disk).map_err(refused)?;
        let config = config::parse(&text, path, now, &Disk).map_err(refused)?;
        Ok(Self { path: path.into(), text, config })
    }
}

/// Line by line; bytes that are no UTF-8 are none of the gateway's.
fn read(tally: &mut Tally, mut log: impl BufRead) -> io::Result<()> {
    let mut line = Vec::new();
    let mut endless = false;
    loop {
        let piece = log.fill_buf()?;
        if piece.is_empty() {
            if !line.is_empty() || endless {
                end_line(tally, &mut line, &mut endless);
            }
            return Ok(());
        }
        let end = piece.iter().position(|&b| b == b'\n');
        let taken = end.unwrap_or(piece.len());
        endless |= line.len() + taken > MAX_LINE;
        if !endless {
            line.extend_from_slice(piece.get(..taken).unwrap_or_default());
        }
        log.consume(end.map_or(taken, |end| end + 1));
        if end.is_some() {
            end_line(tally, &mut line, &mut endless);
        }
    }
}

fn end_line(tally: &mut Tally, line: &mut Vec<u8>, endless: &mut bool) {
    if *endless {
        tally.endless_line();
    } else {
        tally.line(&String::from_utf8_lossy(line));
    }
    line.clear();
    *endless = false;
}

//! `countersign probe`: attacks a running site with a certificate and says which defence holds.
//!
//! Reads the command line and the files that it names, makes the certificates that must not count, and
//! hands all to [`countersign_probe`]. The exit code is 0 without findings, 1 with findings (of at least
//! `--fail-on`, and not in the baseline), 2 for a wrong command line, 3 when the site does not answer an
//! honest request: a run that could not measure is never a green one.

mod args;
mod browser;
mod certificates;
mod inventory;

use std::{fs, path::Path};

use countersign_audit::{Finding, baseline::Baseline};
use countersign_probe::{CASES, Results, Run, Target, Trust, choose, report};

pub use self::args::{BrowserName, ProbeArgs, ProbeFormat};
use self::certificates::Given;
use crate::{progress::Progress, report::Report};

/// Runs it.
#[must_use]
pub fn run(args: &ProbeArgs) -> Report {
    if args.list_cases {
        return list(args.format);
    }
    probe(args).unwrap_or_else(|report| report)
}

fn probe(args: &ProbeArgs) -> Result<Report, Report> {
    let cases = choose(&args.only, &args.skip, &args.class).map_err(Report::usage)?;
    if cases.is_empty() {
        return Err(Report::usage("no case is left to run"));
    }
    let url = args.url.as_deref().ok_or_else(|| Report::usage("name the site: countersign probe https://HOST"))?;
    let target = Target::new(url, args.connect_to.as_deref(), args.i_am_authorized).map_err(Report::usage)?;
    let site = args.site(&target)?;
    let trust = match (&args.cacert, args.insecure) {
        (_, true) => Trust::Anybody,
        (Some(file), false) => Trust::from_pem(&read(file)?).map_err(|error| unusable(file, &error))?,
        (None, false) => Trust::system().map_err(Report::usage)?,
    };
    let certificates = Given::read(args)?;
    let known = args.baseline.as_deref().map(known).transpose()?;
    let browser = browser::setup(args)?;
    let pace = args.pace();
    let given = Run {
        target: &target,
        site: &site,
        trust: &trust,
        trust_words: args.trust_words(),
        certificates: &certificates,
        browser: browser.as_ref(),
        pace: &pace,
    };
    let progress = Progress::new("{bar:24} {pos}/{len} {msg}");
    let results = countersign_probe::run(&given, &cases, &mut |at, all, case| progress.show(at, all, case.id));
    progress.end();
    let results = results.map_err(|error| Report {
        stderr: format!("error: {error}\nhint: {}\nagain: {}\n", error.hint, error.replay),
        code: Report::FAILED,
        ..Report::default()
    })?;
    answer(args, &results, known.as_ref())
}

fn answer(args: &ProbeArgs, results: &Results, known: Option<&Baseline>) -> Result<Report, Report> {
    let findings = results.findings();
    let new = |finding: &&Finding| known.is_none_or(|known| !known.knows(finding));
    let counted = findings.iter().filter(new).filter(|finding| finding.severity >= args.fail_on).count();
    let mut stderr = String::new();
    if let Some(known) = known {
        for gone in known.outdated(&findings) {
            stderr.push_str(&format!("note: the baseline has {gone}, which was not found any more\n"));
        }
        let old = findings.len() - findings.iter().filter(new).count();
        if old > 0 {
            stderr.push_str(&format!("note: {old} of {} findings are in the baseline\n", findings.len()));
        }
    }
    if let Some(file) = &args.write_baseline {
        write(file, &Baseline::of(&findings).text())?;
    }
    let text = match args.format {
        ProbeFormat::Text => report::text(results, args.quiet),
        ProbeFormat::Json => format!("{:#}\n", report::json(results)),
        ProbeFormat::Sarif => format!("{:#}\n", report::sarif(results)),
        ProbeFormat::Markdown => report::markdown(results),
        ProbeFormat::Html => report::html(results),
    };
    let mut stdout = text;
    if let Some(file) = &args.output {
        write(file, &stdout)?;
        stdout = format!("{}: {}\n", results.origin, report::summary(results));
    }
    let code = if counted > 0 { Report::FINDINGS } else { Report::FINE };
    Ok(Report { stdout, stderr, code })
}

fn list(format: ProbeFormat) -> Report {
    let stdout = match format {
        ProbeFormat::Json => {
            let cases = CASES.iter().map(|case| {
                serde_json::json!({
                    "id": case.id, "class": case.class, "title": case.title,
                    "severity": case.severity, "confidence": case.confidence,
                    "proves": case.proves, "cannot": case.cannot, "fix": case.fix, "references": case.references,
                })
            });
            format!("{:#}\n", serde_json::Value::from_iter(cases))
        }
        _ => CASES
            .iter()
            .map(|case| format!("{:<12} {:<28} {:<9} {}\n", case.class.as_str(), case.id, case.severity, case.title))
            .collect(),
    };
    Report { stdout, ..Report::default() }
}

fn known(file: &Path) -> Result<Baseline, Report> {
    let text = String::from_utf8_lossy(&read(file)?).into_owned();
    Baseline::parse(&text).map_err(|error| unusable(file, &error))
}

fn read(file: &Path) -> Result<Vec<u8>, Report> {
    fs::read(file).map_err(|error| Report::usage(format!("cannot read {:?}: {error}", file.display().to_string())))
}

fn write(file: &Path, text: &str) -> Result<(), Report> {
    fs::write(file, text).map_err(|error| Report {
        stderr: format!("error: cannot write {:?}: {error}\n", file.display().to_string()),
        code: Report::FAILED,
        ..Report::default()
    })
}

fn unusable(file: &Path, error: &dyn std::error::Error) -> Report {
    Report::usage(format!("{:?}: {error}", file.display().to_string()))
}

//! `countersign audit`: reviews a Django project, its proxy, and the seam between them.
//!
//! Exit codes: 0 nothing found (or only what is in the baseline, or below `--fail-on`), 1 findings, 2 a wrong
//! command line, 3 what was named cannot be read.

mod wishes;

use std::{fs, path::PathBuf};

use countersign_audit::{CHECKS, Finding, Results, Severity, Side, audit_told, baseline::Baseline, fix, report};

use self::wishes::Wishes;
use crate::{progress::Progress, report::Report};

/// What `countersign audit` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct AuditArgs {
    /// The project's folder, or files of it
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    pub format: AuditFormat,
    /// Write the report there
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only this check
    #[arg(long, value_name = "CHECK")]
    pub only: Vec<String>,
    /// Not this check
    #[arg(long, value_name = "CHECK")]
    pub skip: Vec<String>,
    /// Findings that are known: they are left out
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write what was found there
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// The least severity that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub fail_on: Option<Severity>,
    /// A folder or file that is not read, relative to PATH
    #[arg(long, value_name = "PATH")]
    pub exclude: Vec<String>,
    /// Read the project's wishes here, not from its pyproject.toml or countersign-audit.toml
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Mend what is safe to mend, and say what is left
    #[arg(long, conflicts_with = "diff")]
    pub fix: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long)]
    pub diff: bool,
    /// List the checks
    #[arg(long)]
    pub list_checks: bool,
}

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AuditFormat {
    /// Annotated source, for people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// For a review.
    Markdown,
}

fn severity(text: &str) -> Result<Severity, String> {
    text.parse()
}

/// Runs it.
#[must_use]
pub fn run(args: &AuditArgs) -> Report {
    if args.list_checks {
        return list(args.format);
    }
    audited(args).unwrap_or_else(|report| report)
}

fn audited(args: &AuditArgs) -> Result<Report, Report> {
    let root = args.paths.first().filter(|path| path.is_dir());
    let wishes = wishes::read(root.map(PathBuf::as_path), args.config.as_deref())?;
    for name in args.only.iter().chain(&args.skip).chain(&wishes.skip) {
        if !CHECKS.iter().any(|check| check.id == name) {
            return Err(Report::usage(format!("unknown check {name:?}: --list-checks shows all")));
        }
    }
    let wished = wishes.fail_on.as_deref().map(severity).transpose().map_err(Report::usage)?;
    let fail_on = args.fail_on.or(wished).unwrap_or(Severity::Low);
    let known = match args.baseline.as_ref().or(wishes.baseline.as_ref()) {
        Some(file) => {
            let text = fs::read_to_string(file)
                .map_err(|error| Report::usage(format!("cannot read {:?}: {error}", file.display().to_string())))?;
            let known = Baseline::parse(&text);
            Some(known.map_err(|error| Report::usage(format!("{:?}: {error}", file.display().to_string())))?)
        }
        None => None,
    };
    let mut stderr = String::new();
    let mut results = look(args, &wishes)?;
    if let Some(file) = &args.write_baseline {
        write(file, &Baseline::of(&results.findings).text())?;
    }
    if let Some(known) = &known {
        for gone in known.outdated(&results.findings) {
            stderr.push_str(&format!("note: the baseline has {gone}, which was not found any more\n"));
        }
        results.findings.retain(|finding| !known.knows(finding));
    }
    if args.fix {
        let mended = mend(&results, &mut stderr)?;
        if mended {
            results = look(args, &wishes)?;
            results.findings.retain(|finding| known.as_ref().is_none_or(|known| !known.knows(finding)));
        }
    }
    let counted = results.findings.iter().filter(|finding| finding.severity >= fail_on).count();
    let code = if counted > 0 { Report::FINDINGS } else { Report::FINE };
    if args.diff {
        let stdout = fix::mend(&results).iter().map(fix::Mended::diff).collect();
        stderr.push_str(&format!("{}\n", report::summary(&results)));
        return Ok(Report { stdout, stderr, code });
    }
    let mut stdout = match args.format {
        // Colours of a report in a file are of no use.
        AuditFormat::Text => report::text(&results, args.output.is_none()),
        AuditFormat::Json => format!("{:#}\n", report::json(&results)),
        AuditFormat::Sarif => format!("{:#}\n", report::sarif(&results)),
        AuditFormat::Github => report::github(&results),
        AuditFormat::Markdown => report::markdown(&results),
    };
    if let Some(file) = &args.output {
        write(file, &stdout)?;
        stdout = format!("{}\n", report::summary(&results));
    }
    Ok(Report { stdout, stderr, code })
}

/// The findings that are wanted.
fn look(args: &AuditArgs, wishes: &Wishes) -> Result<Results, Report> {
    let exclude: Vec<String> = args.exclude.iter().chain(&wishes.exclude).cloned().collect();
    let progress = Progress::new("{bar:24} {pos}/{len} files of Python");
    let told = progress.clone();
    let results = audit_told(&args.paths, &exclude, move |at, all| {
        // Small projects are read before anybody could look at it.
        if all > 500 {
            told.show(at, all, "");
        }
        if all > 500 && at == 1 {
            told.tick();
        }
    });
    progress.end();
    let mut results = results.map_err(|error| failed(&error.to_string()))?;
    // A wrong path in a build would be green for ever.
    if results.python_files == 0 && results.proxies == 0 {
        return Err(failed("nothing to audit: there is no Python and no configuration of a known proxy in it"));
    }
    let wanted = |finding: &Finding| {
        (args.only.is_empty() || args.only.contains(&finding.id))
            && !args.skip.contains(&finding.id)
            && !wishes.skip.contains(&finding.id)
    };
    results.findings.retain(wanted);
    Ok(results)
}

/// Whether something was mended; what was is said.
fn mend(results: &Results, stderr: &mut String) -> Result<bool, Report> {
    let files = fix::mend(results);
    for file in &files {
        file.write().map_err(|error| failed(&format!("cannot mend {:?}: {error}", file.path)))?;
        let places = if file.edits == 1 { "1 place".to_owned() } else { format!("{} places", file.edits) };
        stderr.push_str(&format!("mended {}: {places}\n", file.path.escape_debug()));
    }
    if files.is_empty() {
        stderr.push_str("nothing that --fix mends\n");
    }
    Ok(!files.is_empty())
}

fn list(format: AuditFormat) -> Report {
    let checks = || Side::ALL.into_iter().flat_map(|side| CHECKS.iter().filter(move |check| check.side == side));
    let stdout = if format == AuditFormat::Json {
        let all = checks().map(|check| {
            serde_json::json!({
                "id": check.id, "side": check.side.as_str(), "title": check.title, "severity": check.severity,
                "why": check.why, "fix": check.fix, "references": check.references,
            })
        });
        format!("{:#}\n", serde_json::Value::from_iter(all))
    } else {
        checks()
            .map(|check| format!("{:<7} {:<32} {:<9} {}\n", check.side.as_str(), check.id, check.severity, check.title))
            .collect()
    };
    Report { stdout, ..Report::default() }
}

fn write(file: &std::path::Path, text: &str) -> Result<(), Report> {
    fs::write(file, text).map_err(|error| failed(&format!("cannot write {:?}: {error}", file.display().to_string())))
}

fn failed(message: &str) -> Report {
    Report { stderr: format!("error: {message}\n"), code: Report::FAILED, ..Report::default() }
}

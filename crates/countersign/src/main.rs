//! The `countersign` command: parses, dispatches, prints.

use std::{
    io::Write,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use clap::{Parser, Subcommand};
use countersign::{
    audit, check, dev, explain,
    key::KeyCommand,
    pki::CaCommand,
    probe,
    report::{Format, Report},
    run::{self, RunArgs, RunError},
    suggest,
};

/// Mutual TLS gateway that demands proof of intent beside proof of identity
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway
    Run(RunArgs),
    /// Validate the configuration; print the resolved host → route → policy matrix
    Check(check::CheckArgs),
    /// Run a mutual TLS site for an app on this machine, with a throw-away CA
    Dev(dev::DevArgs),
    /// Explain the decision for one request, rule by rule
    Explain(Box<explain::ExplainArgs>),
    /// Read the log of a site on trial; propose trusted origins and routes
    Suggest(suggest::SuggestArgs),
    /// Review a Django project, its proxy, and the seam between them
    Audit(audit::AuditArgs),
    /// Attack a running site with a certificate; say which defence holds
    Probe(Box<probe::ProbeArgs>),
    /// List and rotate the keys that assertions are signed with; make and revoke API keys
    Key {
        #[command(subcommand)]
        command: KeyCommand,
        /// How to answer
        #[arg(long, value_enum, default_value_t, global = true)]
        format: Format,
    },
    /// Make and use a certificate authority
    Ca {
        #[command(subcommand)]
        command: CaCommand,
        /// How to answer
        #[arg(long, value_enum, default_value_t, global = true)]
        format: Format,
    },
}

fn main() -> ExitCode {
    let report = match Cli::parse().command {
        Command::Run(args) => serve(&args),
        Command::Check(args) => check::run(&args, run::now()),
        Command::Dev(args) => develop(&args),
        Command::Explain(args) => explain::run(&args, run::now()),
        Command::Suggest(args) => suggest::run(&args, run::now()),
        Command::Audit(args) => audit::run(&args),
        Command::Probe(args) => probe::run(&args),
        Command::Key { command, format } => command.run(format, run::now()),
        Command::Ca { command, format } => authority(&command, format),
    };
    let written = print(&report);
    if written { ExitCode::from(report.code) } else { ExitCode::from(Report::FAILED) }
}

/// Standard output may be closed early (`| head`); that is for the exit code to say.
fn print(report: &Report) -> bool {
    let _ = anstream::stderr().write_all(report.stderr.as_bytes());
    let mut stdout = anstream::stdout();
    stdout.write_all(report.stdout.as_bytes()).and_then(|()| stdout.flush()).is_ok()
}

fn say(text: &str) {
    print(&Report { stdout: text.into(), ..Report::default() });
}

fn serve(args: &RunArgs) -> Report {
    let running = match run::start(&args.config) {
        Ok(running) => running,
        Err(error) => return cannot_run(&error),
    };
    print(&Report { stdout: running.ready(args.format), stderr: running.warnings.render(), code: 0 });
    running.wait(std::future::pending());
    Report::default()
}

fn develop(args: &dev::DevArgs) -> Report {
    let upstream = match args.upstream() {
        Some(Err(error)) => {
            return Report::usage(format!(
                "invalid upstream {:?}: {error}",
                args.upstream.as_deref().unwrap_or_default()
            ));
        }
        Some(Ok(upstream)) => Some(upstream),
        None => None,
    };
    let mut app = match (args.command.is_empty(), &upstream) {
        (true, _) => None,
        (false, Some(_)) => return Report::usage("give --upstream or a command, not both"),
        (false, None) => {
            let keys = match args.keys() {
                Ok(keys) => keys,
                Err(error) => return failed(&error),
            };
            match dev::Command::start(&args.command, &keys) {
                Ok(app) => Some(app),
                Err(error) => return failed(&error),
            }
        }
    };
    let own = app.as_ref().map(|app| countersign_gateway::Upstream::Tcp {
        host: app.address().ip().to_string().into(),
        port: app.address().port(),
    });
    let Some(upstream) = upstream.or(own) else { return Report::usage("give --upstream or a command") };
    let material = match dev::Material::prepare(args, &upstream, SystemTime::now()) {
        Ok(material) => material,
        Err(error) => return failed(&error),
    };
    let running = match run::start(&material.config) {
        Ok(running) => running,
        Err(error) => return cannot_run(&error),
    };
    if let Some(address) = running.addresses().first() {
        say(&dev::greeting(&material, *address, &upstream, running.key_files.first()));
    }
    say(&running.ready(Format::Text));
    running.wait(async {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            if app.as_mut().is_some_and(dev::Command::ended) {
                return;
            }
        }
    });
    Report::default()
}

fn authority(command: &CaCommand, format: Format) -> Report {
    match (command.clone().run(), format) {
        (Ok(report), Format::Text) => Report { stdout: report.to_string(), ..Report::default() },
        (Ok(report), Format::Json) => {
            Report { stdout: format!("{:#}\n", serde_json::json!(report)), ..Report::default() }
        }
        (Err(error), _) => Report { stderr: format!("error: {error}\n"), code: error.exit_code(), ..Report::default() },
    }
}

fn cannot_run(error: &RunError) -> Report {
    match error {
        RunError::Config(problems) => Report { stderr: problems.render(), code: Report::USAGE, ..Report::default() },
        other => failed(other),
    }
}

fn failed(error: &dyn std::error::Error) -> Report {
    Report { stderr: format!("error: {error}\n"), code: Report::FAILED, ..Report::default() }
}

//! What was decided, for people and for programs.

use std::fmt::Write;

use clap::builder::styling::{AnsiColor, Style};
use countersign_core::{ApiKeyText, Basis, ClientMode, Outcome, Refusal, Step, Verdict};
use serde_json::{Value, json};

use super::{
    Asked, Explained, Place, Who,
    peers::{self, Opinion},
};
use crate::report::{Format, Report};

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const DIM: Style = Style::new().dimmed();

/// The decision of a site.
pub(super) fn report(asked: &Asked, place: &Place, who: &Who, explained: &Explained<'_>, format: Format) -> Report {
    let verdict = explained.verdict.as_ref().and_then(Verdict::basis);
    let code = if verdict.is_ok() { Report::FINE } else { Report::FINDINGS };
    match format {
        Format::Json => {
            let answer = json(asked, place, who, explained, verdict);
            Report { stdout: format!("{answer:#}\n"), stderr: String::new(), code }
        }
        Format::Text => {
            let mut text = format!("{} {}\n{}\n\n", asked.method, asked.url(), setting(place, who, explained));
            explained.steps.iter().for_each(|step| text.push_str(&line(step)));
            if !explained.steps.is_empty() {
                text.push('\n');
            }
            text.push_str(&match verdict {
                Ok(basis) => format!("{GREEN}permitted{GREEN:#}: {}\n", basis.code()),
                Err(refusal) => refused(refusal),
            });
            if let Some(site) = place.site() {
                text.push_str(&beside(&peers::opinions(asked, site, place.app_port(), verdict)));
            }
            Report { stdout: text, stderr: note(place, who), code }
        }
    }
}

/// No site serves the host: the handshake ends before any request.
pub(super) fn nobody(asked: &Asked, place: &Place, format: Format) -> Report {
    let Place::Configured { file, .. } = place else { return Report::default() };
    let text = format!("no site of {file} serves {:?}: the gateway ends the TLS handshake", asked.authority);
    let stdout = match format {
        Format::Text => format!("{} {}\n\n{RED}refused{RED:#}: {text}\n", asked.method, asked.url()),
        Format::Json => {
            let answer = json!({ "request": request(asked), "verdict": "refuse", "text": text });
            format!("{answer:#}\n")
        }
    };
    Report { stdout, stderr: String::new(), code: Report::FINDINGS }
}

/// `site app.example.com, route "/" for browser, client CN=alice`
fn setting(place: &Place, who: &Who, explained: &Explained<'_>) -> String {
    let site = place.site().map(countersign_core::Site::name).unwrap_or_default();
    let made_up = if matches!(place, Place::MadeUp { .. }) { " (made up)" } else { "" };
    let route = explained.route.map(|route| format!(", route {:?} for {}", route.path, route.audience.code()));
    format!("site {site}{made_up}{}, client {}", route.unwrap_or_default(), who.name())
}

/// What others would say.
fn beside(opinions: &[Opinion]) -> String {
    let mut text = "\nbeside it\n".to_owned();
    for Opinion { name, permits, says, differs } in opinions {
        let (style, word) = if *permits { (GREEN, "permits") } else { (RED, "refuses") };
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {name:<11} {style}{word}{style:#}: {says}");
        if let Some(differs) = differs {
            let _ = writeln!(text, "  {:11} differs: {differs}", "");
        }
    }
    text
}

fn line(step: &Step) -> String {
    let (style, mark) = match step.outcome {
        Outcome::Pass => (GREEN, '✓'),
        Outcome::Skip => (DIM, '–'),
        Outcome::Refuse => (RED, '✗'),
    };
    let rule = step.rule.info().code;
    let received = if step.received.is_empty() { "nothing" } else { &step.received };
    format!("{style}{mark} {rule:<19}{style:#} expected {}\n{:21} received {received}\n", step.expected, "")
}

fn refused(refusal: &Refusal) -> String {
    let info = refusal.reason().info();
    let mut text = format!("{RED}refused{RED:#}: {} ({})\n", info.code, info.status);
    let received = refusal.receipt().filter(|receipt| !receipt.is_empty());
    for (name, value) in [
        ("what", Some(info.text)),
        ("received", received),
        ("expected", refusal.expectation()),
        ("why", Some(info.why)),
        ("fix", Some(info.fix)),
        ("spec", Some(info.spec)),
    ] {
        if let Some(value) = value {
            // Writing to a String does not fail.
            let _ = writeln!(text, "  {name:<9} {value}");
        }
    }
    text
}

/// What was assumed.
fn note(place: &Place, who: &Who) -> String {
    let mode = place.site().map(|site| site.client);
    match (place, who, mode) {
        (Place::MadeUp { .. }, Who::Anonymous, Some(ClientMode::Off)) => {
            "note: the client's certificate was not looked at; say who it is with --cert or --client\n".into()
        }
        (Place::Configured { .. }, Who::Anonymous, Some(ClientMode::Soft | ClientMode::Hard)) => {
            "note: taken as sent without a certificate; say who the client is with --cert or --client\n".into()
        }
        _ => String::new(),
    }
}

/// An answer is pasted into tickets, so that no secret stands in it.
fn without_key(value: &str) -> String {
    match ApiKeyText::parse(value.as_bytes()) {
        Some(key) => format!("csk_{}_…", key.id()),
        None if ApiKeyText::is_meant(value.as_bytes()) => "csk_…".into(),
        None => value.into(),
    }
}

fn request(asked: &Asked) -> Value {
    let shown = |name: &str, value: &str| match name {
        "cookie" | "authorization" | "proxy-authorization" | "x-csrftoken" => "…".into(),
        _ => without_key(value),
    };
    let headers: Vec<_> = asked.fields.iter().map(|(name, value)| [name.clone(), shown(name, value)]).collect();
    json!({ "method": asked.method, "url": asked.url(), "headers": headers })
}

fn json(asked: &Asked, place: &Place, who: &Who, explained: &Explained<'_>, verdict: Result<Basis, &Refusal>) -> Value {
    let steps: Vec<Value> = explained
        .steps
        .iter()
        .map(|step| {
            let outcome = match step.outcome {
                Outcome::Pass => "pass",
                Outcome::Skip => "skip",
                Outcome::Refuse => "refuse",
            };
            json!({
                "rule": step.rule.info().code,
                "text": step.rule.info().text,
                "outcome": outcome,
                "expected": step.expected,
                "received": step.received,
            })
        })
        .collect();
    let reason = verdict.err().map(|refusal| {
        let info = refusal.reason().info();
        json!({
            "code": info.code,
            "status": info.status,
            "text": info.text,
            "received": refusal.receipt(),
            "expected": refusal.expectation(),
            "why": info.why,
            "fix": info.fix,
            "spec": info.spec,
        })
    });
    let beside: Vec<Value> = place.site().map_or_else(Vec::new, |site| {
        let opinions = peers::opinions(asked, site, place.app_port(), verdict);
        let one = |o: Opinion| json!({ "name": o.name, "permits": o.permits, "says": o.says, "differs": o.differs });
        opinions.into_iter().map(one).collect()
    });
    json!({
        "request": request(asked),
        "site": place.site().map(countersign_core::Site::name),
        "route": explained.route.map(|route| json!({ "path": route.path, "audience": route.audience.code() })),
        "client": who.name(),
        "steps": steps,
        "verdict": if verdict.is_ok() { "permit" } else { "refuse" },
        "basis": verdict.ok().map(Basis::code),
        "reason": reason,
        "beside": beside,
    })
}

//! A decision as the gateway logged it: its reason in full. What a log does not have (headers, the body, the
//! certificate) is not made up, so that nothing is decided anew.

use std::fmt::Write;

use countersign_core::Reason;
use serde_json::json;

use super::Unclear;
use crate::{
    report::{Format, Report},
    suggest::event::{Event, Line},
};

/// The words of `--log`: a line, a file, or `-`.
pub(super) fn text(given: &str) -> Result<String, Unclear> {
    let read = |result: std::io::Result<String>| {
        result.map_err(|error| Unclear::Usage(format!("cannot read the log {given:?}: {error}")))
    };
    if given == "-" {
        return read(std::io::read_to_string(std::io::stdin()));
    }
    // A line of ours is no path.
    if given.contains("countersign::decision") {
        return Ok(given.to_owned());
    }
    read(std::fs::read_to_string(given))
}

/// Explains one decision of a log, the last one unless a request is named.
pub(super) fn explain(log: &str, request_id: Option<&str>, format: Format) -> Result<Report, Unclear> {
    let wanted = |event: &Event| request_id.is_none_or(|id| event.request_id == id);
    let found = log.lines().rev().find_map(|line| match Line::read(line) {
        Line::Decision(event) if wanted(&event) => Some(*event),
        _ => None,
    });
    let event = found.ok_or_else(|| match request_id {
        Some(id) => format!("the log has no decision about request {id:?}"),
        None => "the log has no decision: pass a line of countersign::decision, in either log.format".into(),
    })?;
    let reasons: Vec<&str> =
        if event.would_refuse.is_empty() { vec![&event.reason] } else { event.reasons().collect() };
    let refused = event.verdict != "permit";
    let infos: Vec<_> = reasons.iter().filter_map(|code| Reason::from_code(code)).map(Reason::info).collect();
    let stdout = match format {
        Format::Json => {
            let told: Vec<_> = infos
                .iter()
                .map(|info| json!({ "code": info.code, "status": info.status, "text": info.text, "why": info.why, "fix": info.fix, "spec": info.spec }))
                .collect();
            let answer = json!({
                "verdict": event.verdict, "reason": event.reason, "would_refuse": event.would_refuse,
                "request": { "id": event.request_id, "method": event.method, "path": event.path, "site": event.site, "route": event.route,
                    "client": event.client, "origin": event.origin, "sec_fetch_site": event.sec_fetch_site },
                "reasons": told,
            });
            format!("{answer:#}\n")
        }
        Format::Text => {
            let mut text =
                format!("{} {} of {}, logged as request {}\n", event.method, event.path, event.site, event.request_id);
            let client = if event.client.is_empty() { "without a certificate that holds" } else { &event.client };
            // Writing to a String does not fail.
            let _ = writeln!(text, "route {:?}, client {client}\n\n{}: {}", event.route, event.verdict, event.reason);
            for info in infos {
                for (name, value) in [("what", info.text), ("why", info.why), ("fix", info.fix), ("spec", info.spec)] {
                    let _ = writeln!(text, "  {name:<9} {value}");
                }
            }
            let known = [
                ("Origin", &event.origin),
                ("Sec-Fetch-Site", &event.sec_fetch_site),
                ("Sec-Fetch-Mode", &event.sec_fetch_mode),
            ];
            for (name, value) in known {
                if let Some(value) = value {
                    let _ = writeln!(text, "  {name:<15} {value}");
                }
            }
            text.push_str("\na log has no headers and no body, so that nothing was decided anew: for that, explain the curl command\n");
            text
        }
    };
    let code = if refused { Report::FINDINGS } else { Report::FINE };
    Ok(Report { stdout, stderr: String::new(), code })
}

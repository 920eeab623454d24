//! The proposals, for people, for programs, and as a configuration.

use std::fmt::Write;

use countersign_core::UnixTime;
use serde_json::{Value, json};

use super::{
    Before, SuggestFormat,
    edit::{self, Placed},
    proposal::{self, Change, Doubt, Proposal},
    tally::Tally,
};
use crate::{
    config::{self, Disk},
    report::Report,
};

/// What is said of a log.
pub(super) struct Answer<'t> {
    tally: &'t Tally,
    proposals: Vec<(Proposal, Placed)>,
    doubts: Vec<Doubt>,
    /// The configuration with the proposals in it; none without one, or if `check` would refuse it.
    text: Option<String>,
    file: Option<String>,
}

impl<'t> Answer<'t> {
    pub(super) fn new(tally: &'t Tally, before: Option<&Before>, now: UnixTime) -> Self {
        let (proposals, doubts) = proposal::judge(tally);
        let file = before.map(|before| before.path.display().to_string());
        let Some(before) = before else {
            let by_hand = proposals.into_iter().map(|proposal| (proposal, Placed::ByHand(String::new())));
            return Self { tally, proposals: by_hand.collect(), doubts, text: None, file };
        };
        let (text, placed) = edit::apply(&before.text, &before.config, &proposals);
        let mut proposals: Vec<_> = proposals.into_iter().zip(placed).collect();
        proposals.retain(|(_, placed)| *placed != Placed::Done);
        // What is shown is what `check` takes.
        let text = config::parse(&text, &before.path, now, &Disk).is_ok().then_some(text);
        if text.is_none() {
            for (_, placed) in &mut proposals {
                *placed = Placed::ByHand("together they make no configuration that check takes".into());
            }
        }
        Self { tally, proposals, doubts, text, file }
    }

    pub(super) fn report(&self, format: SuggestFormat) -> Report {
        let code = if self.proposals.is_empty() { Report::FINE } else { Report::FINDINGS };
        match format {
            SuggestFormat::Text => Report { stdout: self.people(), stderr: String::new(), code },
            SuggestFormat::Json => Report { stdout: format!("{:#}\n", self.json()), stderr: String::new(), code },
            SuggestFormat::Toml => match &self.text {
                Some(text) => Report { stdout: text.clone(), stderr: self.people(), code },
                None => {
                    let stderr = self.people()
                        + "error: the proposals have to be written by hand, so there is no file to show\n";
                    Report { stdout: String::new(), stderr, code: Report::FAILED }
                }
            },
        }
    }

    fn people(&self) -> String {
        let Tally { lines, unreadable, decisions, reported, dropped, .. } = self.tally;
        let mut text = format!("{lines} lines, {decisions} decisions, {reported} that would have been refused");
        // Writing to a String does not fail.
        for (count, what) in [(unreadable, "lines that are not of countersign"), (dropped, "beyond what is kept")] {
            if *count > 0 {
                let _ = write!(text, "; {count} {what}");
            }
        }
        text.push('\n');
        if self.proposals.is_empty() {
            text.push_str("\nnothing to suggest\n");
        } else {
            text.push_str("\nproposals; each opens something, so look at each:\n");
        }
        for (proposal, placed) in &self.proposals {
            let _ = write!(
                text,
                "\n  {}: {}\n    {}\n    look: {}\n{}",
                proposal.site,
                shown(&proposal.change),
                proposal.why,
                proposal.look,
                samples(&proposal.samples)
            );
            if let Placed::ByHand(why) = placed {
                let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
                let _ = writeln!(text, "    write{why}:");
                by_hand(&proposal.change).lines().for_each(|line| {
                    let _ = writeln!(text, "      {line}");
                });
            }
        }
        for (attack, title) in [(true, "possible attacks; not proposed:"), (false, "for you to judge; not proposed:")] {
            let mut all = self.doubts.iter().filter(|doubt| doubt.attack == attack).peekable();
            if all.peek().is_some() {
                let _ = writeln!(text, "\n{title}");
            }
            for doubt in all {
                let _ = write!(
                    text,
                    "\n  {}: {} ({})\n{}",
                    doubt.site,
                    doubt.text,
                    doubt.requests,
                    samples(&doubt.samples)
                );
            }
        }
        if let (Some(file), false) = (&self.file, self.proposals.is_empty()) {
            let _ = writeln!(
                text,
                "\n--format toml writes {file} with the proposals in it; save that beside it, since paths in it are relative, and run check"
            );
        }
        text
    }

    fn json(&self) -> Value {
        let Tally { lines, unreadable, decisions, reported, dropped, .. } = self.tally;
        let proposals: Vec<Value> = self
            .proposals
            .iter()
            .map(|(proposal, placed)| {
                let mut value = match &proposal.change {
                    Change::TrustedOrigin(origin) => json!({ "kind": "trusted-origin", "origin": origin }),
                    Change::Route { path, audience, .. } => {
                        json!({ "kind": "route", "path": path, "audience": audience })
                    }
                    Change::Anonymous { path } => json!({ "kind": "anonymous", "path": path }),
                };
                let by_hand = match placed {
                    Placed::ByHand(_) => Some(by_hand(&proposal.change)),
                    _ => None,
                };
                let rest = json!({
                    "site": proposal.site, "why": proposal.why, "look": proposal.look,
                    "requests": proposal.requests, "request_ids": proposal.samples, "by_hand": by_hand,
                });
                if let (Some(value), Value::Object(rest)) = (value.as_object_mut(), rest) {
                    value.extend(rest);
                }
                value
            })
            .collect();
        let doubts = |attack: bool| -> Vec<Value> {
            let all = self.doubts.iter().filter(|doubt| doubt.attack == attack);
            all.map(|doubt| {
                json!({ "site": doubt.site, "text": doubt.text, "requests": doubt.requests, "request_ids": doubt.samples })
            })
            .collect()
        };
        json!({
            "lines": lines, "unreadable": unreadable, "decisions": decisions, "reported": reported,
            "dropped": dropped, "proposals": proposals, "possible_attacks": doubts(true),
            "not_judged": doubts(false), "config": self.text,
        })
    }
}

fn shown(change: &Change) -> String {
    match change {
        Change::TrustedOrigin(origin) => format!("trust the origin {origin}"),
        Change::Route { path, audience, .. } => format!("a route {path:?} with audience = {audience:?}"),
        Change::Anonymous { path } => format!("a route {path:?} without a certificate, for GET"),
    }
}

/// The TOML of it, for the table of its site.
fn by_hand(change: &Change) -> String {
    let path = edit::quoted;
    match change {
        Change::TrustedOrigin(origin) => format!("trusted_origins = [{}]\n", edit::quoted(origin)),
        Change::Route { path: p, audience, .. } => {
            format!("[[site.route]]\npath = {}\naudience = {audience:?}\n", path(p))
        }
        Change::Anonymous { path: p } => {
            format!("[[site.route]]\npath = {}\nmethods = [\"GET\"]\nclient = {{ mode = \"optional\" }}\n", path(p))
        }
    }
}

fn samples(ids: &[String]) -> String {
    if ids.is_empty() { String::new() } else { format!("    for example requests {}\n", ids.join(", ")) }
}

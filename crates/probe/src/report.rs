//! How results are told: for people, for programs, for code scanning, for a review, for a phone.
//!
//! Every writer takes the same [`Results`]; what a site answered is data in all of them: escaped in HTML and
//! Markdown, without control characters in text.

pub mod docs;
mod html;
mod markdown;
mod text;

use countersign_audit::sarif::{self, Rule};
use serde_json::{Value, json};

pub use self::{html::html, markdown::markdown, text::text};
use crate::{
    case::{Class, Needs, Verdict},
    cases::CASES,
    run::{Answered, Results},
};

/// What the run says, in a sentence or two.
#[must_use]
pub fn summary(results: &Results) -> String {
    let through = results.count("vulnerable");
    let held = results.count("held");
    let unclear = results.count("inconclusive");
    let untested = results.count("not-tested");
    let tried = through + held + unclear;
    let mut text = match through {
        0 => format!("None of {tried} attacks came through."),
        _ => format!("{through} of {tried} attacks came through{}.", because(results)),
    };
    if unclear > 0 {
        text.push_str(&format!(" {unclear} could not be told."));
    }
    if untested > 0 {
        text.push_str(&format!(" {untested} not tried: each says what it needs."));
    }
    text
}

fn because(results: &Results) -> &'static str {
    let hit = |class| results.of(class).any(|answered| matches!(answered.outcome.verdict, Verdict::Vulnerable { .. }));
    if hit(Class::Forgery) {
        "; the certificate did not help, because a browser attaches it to another site's requests as well"
    } else if hit(Class::Identity) {
        "; the certificate did not help, because the app believes what a client says about itself"
    } else if hit(Class::Certificate) || hit(Class::Site) {
        "; the certificate did not help, because the site can be had without a good one"
    } else {
        ""
    }
}

/// What came through: first what is told whole, then what only varies the plainest form where that one came
/// through already. Nothing is checked there, so every variant came through as well.
fn came_through(results: &Results) -> (Vec<&Answered>, Vec<&Answered>) {
    let all = results.answered.iter().filter(|answered| matches!(answered.outcome.verdict, Verdict::Vulnerable { .. }));
    let plainest = |answered: &&Answered| answered.case.id == "cross-site-form";
    if !all.clone().any(|answered| plainest(&answered)) {
        return (all.collect(), Vec::new());
    }
    // Those that write elsewhere or otherwise are holes of their own.
    let own = ["get-changes-state", "exempt-path", "exempt-alias", "method-override-header", "method-override-query"];
    let varies = |answered: &&Answered| {
        answered.case.class == Class::Forgery
            && answered.case.needs == Needs::Write
            && !plainest(answered)
            && !own.contains(&answered.case.id)
    };
    all.partition(|answered| !varies(answered))
}

/// A line about what came of a case.
#[must_use]
pub fn detail(answered: &Answered) -> String {
    let text = match &answered.outcome.verdict {
        Verdict::Vulnerable { evidence } => evidence.clone(),
        Verdict::Held { by } => by.to_string(),
        Verdict::Inconclusive { why } => why.clone(),
        Verdict::NotTested { needs } => format!("needs {needs}"),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// For programs. `version` counts the shape.
#[must_use]
pub fn json(results: &Results) -> Value {
    let cases: Vec<Value> = results
        .answered
        .iter()
        .map(|answered| {
            let case = answered.case;
            let mut value = json!(answered.outcome);
            if let Some(members) = value.as_object_mut() {
                members.insert("id".into(), case.id.into());
                members.insert("class".into(), json!(case.class));
                members.insert("title".into(), case.title.into());
                members.insert("severity".into(), json!(case.severity));
                members.insert("confidence".into(), json!(case.confidence));
            }
            value
        })
        .collect();
    json!({
        "version": 1,
        "target": results.origin,
        "summary": summary(results),
        "requests": results.requests,
        "counts": {
            "vulnerable": results.count("vulnerable"),
            "held": results.count("held"),
            "inconclusive": results.count("inconclusive"),
            "not-tested": results.count("not-tested"),
        },
        "notes": results.notes,
        "cases": cases,
    })
}

/// SARIF 2.1.0.
#[must_use]
pub fn sarif(results: &Results) -> Value {
    let rules: Vec<Rule<'_>> = CASES
        .iter()
        .map(|case| Rule {
            id: case.id,
            title: case.title,
            description: case.proves,
            help: case.fix,
            severity: case.severity,
        })
        .collect();
    sarif::log("countersign probe", env!("CARGO_PKG_VERSION"), &rules, &results.findings())
}

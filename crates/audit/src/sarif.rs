//! SARIF 2.1.0 (OASIS), as code scanning services and editors read it.
//!
//! A finding of a running site has no file: its address is the artifact, and it is a logical location
//! as well, for readers that show files alone.

use serde_json::{Value, json};

use crate::{Finding, Mark, Severity};

/// What a rule says about itself, whether it fired or not.
#[derive(Clone, Debug)]
pub struct Rule<'a> {
    /// Stable.
    pub id: &'a str,
    /// A few words.
    pub title: &'a str,
    /// A paragraph.
    pub description: &'a str,
    /// Markdown.
    pub help: &'a str,
    /// What a finding of it costs.
    pub severity: Severity,
}

/// The run of a tool: all its rules, and what was found.
#[must_use]
pub fn log(tool: &str, version: &str, rules: &[Rule<'_>], findings: &[Finding]) -> Value {
    let described: Vec<Value> = rules.iter().map(describe).collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, rules)).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": tool, "version": version, "rules": described } },
            "results": results,
            "columnKind": "utf16CodeUnits",
        }],
    })
}

fn describe(rule: &Rule<'_>) -> Value {
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.description },
        "help": { "text": rule.help, "markdown": rule.help },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "security-severity": score(rule.severity), "tags": ["security"] },
    })
}

fn result(finding: &Finding, rules: &[Rule<'_>]) -> Value {
    let mut text = format!("{} {} {}", finding.message, finding.why, finding.fix);
    if let Some(replay) = &finding.replay {
        text.push_str("\n\nAgain: ");
        text.push_str(replay);
    }
    let changes = finding.edits.iter().map(|edit| {
        json!({
            "artifactLocation": { "uri": edit.at.path },
            "replacements": [{ "deletedRegion": region(&edit.at), "insertedContent": { "text": edit.text } }],
        })
    });
    let changes: Vec<Value> = changes.collect();
    let fixes: Vec<Value> = if changes.is_empty() {
        Vec::new()
    } else {
        vec![json!({ "description": { "text": finding.fix }, "artifactChanges": changes })]
    };
    json!({
        "ruleId": finding.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == finding.id),
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [location(finding)],
        "relatedLocations": finding.marks.iter().skip(1).map(place).collect::<Vec<_>>(),
        "partialFingerprints": { "countersign/v1": finding.fingerprint() },
        "fixes": fixes,
        "properties": { "confidence": finding.confidence },
    })
}

fn location(finding: &Finding) -> Value {
    if let Some(mark) = finding.marks.first() {
        return place(mark);
    }
    json!({
        "physicalLocation": { "artifactLocation": { "uri": finding.place } },
        "logicalLocations": [{ "fullyQualifiedName": finding.place, "kind": "resource" }],
    })
}

fn place(mark: &Mark) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": mark.path },
            "region": region(mark),
        },
        "message": { "text": mark.label },
    })
}

fn region(mark: &Mark) -> Value {
    json!({
        "startLine": mark.line, "startColumn": mark.column,
        "endLine": mark.end_line, "endColumn": mark.end_column,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    }
}

/// As code scanning services sort: 0 to 10.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "3.0",
        Severity::Medium => "5.5",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}

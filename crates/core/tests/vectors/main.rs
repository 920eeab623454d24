//! Every vector of `testdata/csrf`, and that the vectors leave nothing out: no reason, basis, rule
//! outcome or row of the attack matrix.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

#[path = "../fixture/mod.rs"]
mod fixture;
mod format;
mod peers;
mod rows;

use std::collections::{BTreeSet, HashSet};

use countersign_core::{
    Client, HeadBuilder, Observer, Outcome, Pending, REASONS, RULES, Reason, Rule, Silent, Stage, Step, Trace, Verdict,
    decide, django::Forwarded, token::Evidence,
};
use format::{Expect, Known, Vector};
use rows::{ROWS, Shown};

/// What came of a vector.
pub(crate) struct Got {
    pub(crate) answer: Expect,
    route: Option<String>,
    trace: Vec<Step>,
}

pub(crate) fn run(vector: &Vector) -> Got {
    let site = vector.site();
    let fields = vector.request.fields();
    let mut builder =
        HeadBuilder::new(&vector.request.method, vector.request.target()).keeping(site.routes.api_key_headers());
    for (name, value) in &fields {
        builder.field(name, value);
    }
    let refuse = |refusal: &countersign_core::Refusal| Expect::Refuse {
        reason: refusal.reason().code().into(),
        status: refusal.reason().info().status,
        route: None,
        allow: refusal.allowed_methods().map(Into::into),
    };
    let head = match builder.finish() {
        Ok(head) => head,
        Err(refusal) => {
            assert_eq!(refusal.reason().info().stage, Stage::Head, "{}", vector.name);
            return Got { answer: refuse(&refusal), route: None, trace: Vec::new() };
        }
    };
    let known = vector.client();
    let client = match &known {
        Known::Anonymous => Client::Anonymous,
        Known::Verified(identity) => Client::Verified(identity),
        Known::Rejected(refusal) => Client::Rejected(refusal),
    };
    let mut trace = Trace::default();
    let decision = decide(&site, &head, &client, vector.now(), &mut trace);
    let verdict = match decision.verdict {
        Verdict::Pending(pending) => shown(pending, vector, &fields, &mut trace),
        other => other,
    };
    let answer = match verdict.basis() {
        Ok(basis) => Expect::Permit { basis: basis.code().into(), route: None, reported: reported(&verdict) },
        Err(refusal) => refuse(refusal),
    };
    // Watching must not change the answer.
    let silent = match decide(&site, &head, &client, vector.now(), &mut Silent).verdict {
        Verdict::Pending(pending) => shown(pending, vector, &fields, &mut Silent),
        other => other,
    };
    assert_eq!(silent.basis(), verdict.basis(), "{}: the verdict depends on the observer", vector.name);
    Got { answer, route: decision.route.map(|route| route.path.to_string()), trace: trace.0 }
}

/// What would have been refused.
fn reported(verdict: &Verdict<'_>) -> Vec<String> {
    let Verdict::Permit(permit) = verdict else { return Vec::new() };
    permit.reported().iter().map(|refusal| refusal.reason().code().to_owned()).collect()
}

/// The token of the head and the body, shown to a decision that asks for it.
fn shown<'s>(
    mut pending: Pending<'s>,
    vector: &Vector,
    fields: &[(String, Vec<u8>)],
    observer: &mut impl Observer,
) -> Verdict<'s> {
    let form = pending.take_form().map(|mut reader| {
        reader.push(vector.request.body.as_deref().unwrap_or_default().as_bytes())?;
        reader.finish()
    });
    let form = match form.transpose() {
        Ok(form) => form.flatten(),
        Err(error) => return pending.unreadable(error, observer),
    };
    let field = |wanted: &str| {
        let values: Vec<&[u8]> = fields.iter().filter(|(name, _)| name == wanted).map(|(_, v)| &**v).collect();
        let with: &[u8] = if wanted == "cookie" { b"; " } else { b"," };
        (!values.is_empty()).then(|| values.join(with))
    };
    let meta = Forwarded { host: "app.example.com", port: 443, app_port: Some(8000), field };
    pending.with(&Evidence { meta: &meta, form: form.as_deref() }, observer)
}

/// Whether the answer is the expected one; `route` and `allow` count where the vector names them.
fn fits(expect: &Expect, got: &Got) -> bool {
    let route_fits = |route: &Option<String>| route.is_none() || *route == got.route;
    match (expect, &got.answer) {
        (Expect::Permit { basis, route, reported }, Expect::Permit { basis: b, reported: r, .. }) => {
            basis == b && reported == r && route_fits(route)
        }
        (Expect::Refuse { reason, status, route, allow }, Expect::Refuse { reason: r, status: s, allow: a, .. }) => {
            reason == r && status == s && route_fits(route) && (allow.is_none() || allow == a)
        }
        _ => false,
    }
}

#[test]
fn every_vector_gets_the_expected_answer() {
    let mut wrong = String::new();
    let vectors = format::load();
    for (file, vector) in &vectors {
        let got = run(vector);
        if fits(&vector.expect, &got) {
            continue;
        }
        wrong += &format!(
            "\n{file}: {}\n  expected {:?}\n  got      {:?}, route {:?}\n",
            vector.name, vector.expect, got.answer, got.route
        );
        for Step { rule, outcome, expected, received } in &got.trace {
            wrong += &format!("    {outcome:?} {}: expected {expected}; received {received}\n", rule.info().code);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(vectors.len() > 300, "only {} vectors were found", vectors.len());
}

#[test]
fn names_are_unique_and_speak() {
    let mut seen = HashSet::new();
    for (file, vector) in format::load() {
        let plain = vector.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(plain && vector.name.len() > 4, "{file}: {:?}", vector.name);
        assert!(seen.insert(vector.name.clone()), "{file}: {} occurs twice", vector.name);
    }
}

#[test]
fn every_reason_that_a_head_can_cause_has_a_vector() {
    let expected: HashSet<String> = format::load()
        .into_iter()
        .filter_map(|(_, vector)| match vector.expect {
            Expect::Refuse { reason, .. } => Some(reason),
            Expect::Permit { .. } => None,
        })
        .collect();
    let elsewhere = |reason: &Reason| matches!(reason.info().stage, Stage::Wire | Stage::Upstream);
    let missing: Vec<_> =
        REASONS.iter().filter(|r| !elsewhere(r) && !expected.contains(r.code())).map(|r| r.code()).collect();
    assert!(missing.is_empty(), "no vector expects {missing:?}");
}

#[test]
fn every_basis_has_a_vector() {
    let expected: BTreeSet<String> = format::load()
        .into_iter()
        .filter_map(|(_, vector)| match vector.expect {
            Expect::Permit { basis, .. } => Some(basis),
            Expect::Refuse { .. } => None,
        })
        .collect();
    let all = [
        "api-key",
        "fetch-metadata",
        "machine",
        "navigation",
        "preflight",
        "referer",
        "report-only",
        "safe-method",
        "same-origin",
        "trusted-origin",
    ];
    assert_eq!(expected.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

/// What each rule can conclude.
static OUTCOMES: &[(Rule, &[Outcome])] = {
    use Outcome::{Pass, Refuse, Skip};
    &[
        (Rule::Host, &[Pass, Refuse]),
        (Rule::Preflight, &[Pass, Refuse]),
        (Rule::Route, &[Pass, Refuse]),
        (Rule::ClientCertificate, &[Pass, Refuse]),
        (Rule::Allow, &[Pass, Refuse]),
        (Rule::ApiKey, &[Pass, Refuse]),
        (Rule::MachineSignals, &[Pass, Skip, Refuse]),
        (Rule::MachineMarker, &[Pass, Skip, Refuse]),
        (Rule::SafeMethod, &[Pass, Skip]),
        (Rule::OriginForm, &[Pass, Refuse]),
        (Rule::Origin, &[Pass, Refuse]),
        (Rule::SecFetchSite, &[Pass, Skip, Refuse]),
        (Rule::Referer, &[Pass, Refuse]),
        (Rule::Token, &[Pass, Refuse]),
        (Rule::ReportOnly, &[Pass]),
    ]
};

#[test]
fn every_rule_shows_every_outcome_in_the_order_of_the_registry() {
    let place = |rule: Rule| RULES.iter().position(|&r| r == rule).unwrap();
    let mut seen = Vec::new();
    for (_, vector) in format::load() {
        let trace = run(&vector).trace;
        let places: Vec<usize> = trace.iter().map(|step| place(step.rule)).collect();
        assert!(places.is_sorted_by(|a, b| a < b), "{}: the rules ran in the order {places:?}", vector.name);
        let refusals = trace.iter().filter(|step| step.outcome == Outcome::Refuse).count();
        let refused = matches!(vector.expect, Expect::Refuse { .. });
        // What was reported is a refusal in the trace and the last step says that it was not given.
        let reported = match &vector.expect {
            Expect::Permit { reported, .. } => reported.len(),
            Expect::Refuse { .. } => 0,
        };
        let told = trace.last().is_some_and(|step| step.rule == Rule::ReportOnly);
        assert_eq!(told, reported > 0, "{}: {trace:?}", vector.name);
        if !refused {
            assert_eq!(refusals, reported, "{}: {trace:?}", vector.name);
        } else if let Some(last) = trace.last() {
            assert_eq!(last.outcome, Outcome::Refuse, "{}: {trace:?}", vector.name);
            // One proof may have been reported before the other was refused.
            assert!((1..=2).contains(&refusals), "{}: {trace:?}", vector.name);
        }
        seen.extend(trace.iter().map(|step| (step.rule, step.outcome)));
    }
    for &rule in RULES {
        let (_, outcomes) =
            OUTCOMES.iter().find(|(r, _)| *r == rule).unwrap_or_else(|| panic!("{rule:?} has no entry"));
        for outcome in [Outcome::Pass, Outcome::Skip, Outcome::Refuse] {
            let (expected, shown) = (outcomes.contains(&outcome), seen.contains(&(rule, outcome)));
            assert_eq!(shown, expected, "{rule:?} {outcome:?}: shown by a vector, expected by OUTCOMES");
        }
    }
}

#[test]
fn every_row_of_the_attack_matrix_has_a_vector() {
    let shown: HashSet<u8> =
        format::load().iter().filter_map(|(_, v)| v.row.as_ref()).flat_map(|r| r.to_vec()).collect();
    for row in &shown {
        assert!(ROWS.iter().any(|(n, ..)| n == row), "row {row} is not in ROWS");
    }
    assert!(ROWS.iter().map(|(n, ..)| *n).eq(1..=49));
    for (row, title, by) in ROWS {
        assert!(shown.contains(row), "row {row} ({title}) has no vector");
        if let Shown::HeadOnly(rest) = by {
            assert!(!rest.is_empty(), "row {row}: say what shows the rest");
        }
    }
}

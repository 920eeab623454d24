//! Runs the cases, one after the other.

use countersign_audit::Finding;
use serde::Serialize;

use crate::{
    browser::BrowserSetup,
    case::{Case, Class, Needs, Outcome, Verdict},
    cases::CASES,
    client::Client,
    credentials::Certificates,
    probe::{BaselineError, Probe},
    request::Shell,
    target::{Pace, Site, Target},
    tls::Trust,
};

/// All that a run is given.
#[derive(Debug)]
pub struct Run<'a> {
    /// The site.
    pub target: &'a Target,
    /// What its owner told about it.
    pub site: &'a Site,
    /// Whom to believe to be the site.
    pub trust: &'a Trust,
    /// How a command line says that.
    pub trust_words: Vec<String>,
    /// Who attacks, and whose certificates must not count.
    pub certificates: &'a Certificates,
    /// What a browser is given, for the cases of one.
    pub browser: Option<&'a BrowserSetup>,
    /// How fast.
    pub pace: &'a Pace,
}

/// What one case came to.
#[derive(Debug, Serialize)]
pub struct Answered {
    /// The case.
    #[serde(skip)]
    pub case: &'static Case,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What a run came to.
#[derive(Debug)]
pub struct Results {
    /// The site's origin.
    pub origin: String,
    /// By case, in the order of the registry.
    pub answered: Vec<Answered>,
    /// How many requests were sent.
    pub requests: u32,
    /// What was left alone, a sentence each.
    pub notes: Vec<String>,
}

impl Results {
    /// What was found.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.answered.iter().filter_map(|answered| finding(&self.origin, answered)).collect()
    }

    /// How many cases came to this.
    #[must_use]
    pub fn count(&self, verdict: &str) -> usize {
        self.answered.iter().filter(|answered| answered.outcome.verdict.name() == verdict).count()
    }

    /// The cases of a class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Answered> {
        self.answered.iter().filter(move |answered| answered.case.class == class)
    }
}

fn finding(origin: &str, answered: &Answered) -> Option<Finding> {
    let Verdict::Vulnerable { evidence } = &answered.outcome.verdict else { return None };
    let case = answered.case;
    Some(Finding {
        id: case.id.into(),
        title: case.title.into(),
        severity: case.severity,
        confidence: case.confidence,
        message: evidence.clone(),
        why: case.proves.into(),
        fix: case.fix.into(),
        place: origin.into(),
        anchor: String::new(),
        marks: Vec::new(),
        edits: Vec::new(),
        replay: answered.outcome.replay.clone(),
        references: case.references.iter().map(|text| (*text).into()).collect(),
    })
}

/// Which cases, by the names that options take; a name that is none is an error, with those that are.
pub fn choose(only: &[String], skip: &[String], classes: &[String]) -> Result<Vec<&'static Case>, String> {
    for name in only.iter().chain(skip) {
        if !CASES.iter().any(|case| case.id == name) {
            return Err(format!("unknown case {name:?}: --list-cases shows all"));
        }
    }
    for name in classes {
        if !Class::ALL.iter().any(|class| class.as_str() == name) {
            let all = Class::ALL.map(Class::as_str).join(", ");
            return Err(format!("unknown class {name:?}: expected one of {all}"));
        }
    }
    let wanted = |case: &&&Case| {
        (only.is_empty() || only.iter().any(|name| name == case.id))
            && !skip.iter().any(|name| name == case.id)
            && (classes.is_empty() || classes.iter().any(|name| name == case.class.as_str()))
    };
    Ok(CASES.iter().filter(wanted).copied().collect())
}

/// Runs them. `progress` hears of each case before it runs, and how many there are.
pub fn run(
    given: &Run<'_>,
    cases: &[&'static Case],
    progress: &mut dyn FnMut(usize, usize, &Case),
) -> Result<Results, BaselineError> {
    let target = given.target;
    let shell = Shell {
        origin: target.origin(),
        host: target.host.clone(),
        authority: target.authority(),
        port: target.port,
        connect_to: target.connected_to.then(|| target.address.to_string()),
        trust: given.trust_words.clone(),
    };
    let client = Client::new(target, given.trust, &given.certificates.own, given.pace, shell);
    let probe = Probe::begin(client, given.site, given.certificates, given.browser)?;
    let writes = cases.iter().any(|case| case.needs == Needs::Write);
    let mut notes = Vec::new();
    // Without an endpoint that was named, no write is no fault of the command line: those cases are not tested.
    let mut unmeasured = None;
    if writes {
        match probe.write_baseline() {
            Ok(()) if given.site.endpoint.is_none() => notes.push(format!(
                "Writes were sent to {}, the first form of {}: name what takes a write with --endpoint.",
                probe.endpoint, given.site.page
            )),
            Ok(()) => {}
            Err(error) if given.site.endpoint.is_none() => {
                unmeasured =
                    Some(format!("--endpoint PATH: what takes a write ({} does not: {})", probe.endpoint, error.came));
            }
            Err(error) => return Err(error),
        }
    }
    let mut answered = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        progress(at, cases.len(), case);
        let outcome = match &unmeasured {
            Some(needs) if case.needs == Needs::Write => Outcome::not_tested(needs.clone()),
            _ => (case.run)(&probe),
        };
        answered.push(Answered { case, outcome });
        // What comes last may end sessions: whether the site still answers is asked before it.
        let next = cases.get(at + 1);
        if case.class != Class::Session && next.is_none_or(|next| next.class == Class::Session) {
            probe.still_works()?;
        }
    }
    if writes && unmeasured.is_none() && !given.site.unsafe_methods {
        notes.push("Writes carried a marker that the app does not know: say --unsafe-methods, --field and --read-back, and what was stored decides.".into());
    }
    Ok(Results { origin: target.origin(), answered, requests: probe.client.sent(), notes })
}

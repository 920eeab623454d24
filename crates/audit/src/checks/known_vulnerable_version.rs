//! A version with a known hole.
//!
//! A pin, or an upper bound that leaves the fix out, in `requirements*.txt`, `pyproject.toml`, `Pipfile` or a lock file: of
//! Django, REST framework and servers, and only for holes through which a request is somebody else's. No replacement for a
//! scanner of all advisories.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    requirements::{Newest, Version},
};

pub(super) const CHECK: Check = Check {
    id: "known-vulnerable-version",
    side: Side::Django,
    title: "A version with a known hole",
    severity: Severity::High,
    references: &["CWE-1395"],
    why: "The hole is described in public, and with it a request is taken for another person's or passes what the proxy checks. The rest of the configuration does not help there.",
    fix: "Upgrade to the version that is named, or a later one.",
    source: include_str!("known_vulnerable_version.rs"),
    run,
};

/// From the first version that has the hole to the first that has not.
#[derive(Clone, Copy)]
struct Hole {
    package: &'static str,
    from: &'static str,
    fixed: &'static str,
    severity: Severity,
    advisory: &'static str,
    what: &'static str,
    /// Only where the server speaks ASGI, which a version does not show.
    asgi: bool,
}

const fn under_asgi(hole: Hole) -> Hole {
    Hole { asgi: true, ..hole }
}

const fn hole(
    package: &'static str,
    from: &'static str,
    fixed: &'static str,
    severity: Severity,
    advisory: &'static str,
    what: &'static str,
) -> Hole {
    Hole { package, from, fixed, severity, advisory, what, asgi: false }
}

const SMUGGLED: &str = "what a proxy takes for one request can be two";
const SPOOFED: &str = "under ASGI a header with `_` stands for the one with `-` that the proxy removed";
const CACHED: &str = "a shared cache hands out one visitor's session cookie";
const UNSUPPORTED: &str =
    "the series is not supported any more, and nobody looks whether holes like CVE-2026-3902 are in it";
/// The oldest series that is.
const SUPPORTED: &str = "5.2.16 and later";

/// The worst of a package first.
const HOLES: &[Hole] = &[
    hole("django", "0", "4.2", Severity::Medium, "Django: supported versions", UNSUPPORTED),
    hole("django", "5.0", "5.2", Severity::Medium, "Django: supported versions", UNSUPPORTED),
    under_asgi(hole("django", "4.2", "4.2.30", Severity::Medium, "CVE-2026-3902", SPOOFED)),
    under_asgi(hole("django", "5.2", "5.2.13", Severity::Medium, "CVE-2026-3902", SPOOFED)),
    under_asgi(hole("django", "6.0", "6.0.4", Severity::Medium, "CVE-2026-3902", SPOOFED)),
    hole("django", "5.2", "5.2.14", Severity::Medium, "CVE-2026-35192", CACHED),
    hole("django", "6.0", "6.0.5", Severity::Medium, "CVE-2026-35192", CACHED),
    hole("django", "5.2", "5.2.16", Severity::Low, "CVE-2026-48588", CACHED),
    hole("django", "6.0", "6.0.7", Severity::Low, "CVE-2026-48588", CACHED),
    hole(
        "djangorestframework",
        "0",
        "3.15.2",
        Severity::Low,
        "CVE-2024-21520",
        "the browsable API runs scripts of others",
    ),
    hole("gunicorn", "0", "22.0.0", Severity::High, "CVE-2024-1135, CVE-2024-6827", SMUGGLED),
    under_asgi(hole(
        "gunicorn",
        "25.2.0",
        "27.0.0",
        Severity::Medium,
        "CVE-2026-134820",
        "with ASGI workers what a proxy takes for one request can be two",
    )),
    hole("waitress", "0", "2.1.1", Severity::High, "CVE-2022-24761", SMUGGLED),
    hole("waitress", "2.0.0", "3.0.1", Severity::High, "CVE-2024-49768", SMUGGLED),
    hole("h11", "0", "0.16.0", Severity::High, "CVE-2025-43859", SMUGGLED),
    hole(
        "uvicorn",
        "0",
        "0.11.7",
        Severity::Medium,
        "CVE-2020-7695",
        "a value with a line break adds headers to the answer",
    ),
    hole(
        "daphne",
        "0",
        "4.2.2",
        Severity::Medium,
        "CVE-2026-44546",
        "a WebSocket handshake can bring headers that no proxy saw",
    ),
];

fn run(project: &Project, found: &mut Found<'_>) {
    let asks_for = |names: &[&str]| project.requirements.iter().any(|wanted| names.contains(&wanted.name.as_str()));
    // Clients bring it along as well.
    let h11_serves = asks_for(&["uvicorn", "hypercorn"]);
    for wanted in &project.requirements {
        let Some(newest) = &wanted.newest else { continue };
        if wanted.name == "h11" && !h11_serves {
            continue;
        }
        let holes: Vec<&Hole> = HOLES.iter().filter(|hole| hole.package == wanted.name && has(hole, newest)).collect();
        let Some(first) = holes.first() else { continue };
        let severity = holes.iter().map(|hole| hole.severity).max().unwrap_or(first.severity);
        let mut advisories: Vec<&str> = holes.iter().map(|hole| hole.advisory).collect();
        advisories.dedup();
        let fixed = holes.iter().filter_map(|hole| Version::parse(hole.fixed)).max();
        let fixed = fixed.map_or_else(String::new, |version| version.to_string());
        let (confidence, which) = match newest {
            Newest::Exactly(version) if holes.iter().all(|hole| hole.asgi) => {
                (Confidence::Medium, format!("{} {version}", wanted.name))
            }
            Newest::Exactly(version) => (Confidence::High, format!("{} {version}", wanted.name)),
            Newest::UpTo(version) => (Confidence::Medium, format!("{} up to {version}", wanted.name)),
            Newest::Below(version) => (Confidence::Medium, format!("{} below {version}", wanted.name)),
        };
        let fixed = if first.what == UNSUPPORTED { SUPPORTED } else { &fixed };
        let message = format!("{which}: {} ({}); fixed in {fixed}", first.what, advisories.join(", "));
        found.rated(severity, confidence, message, (&wanted.span, "no fix in what this allows"), &[]);
    }
}

/// Whether the newest that can be installed has the hole.
fn has(hole: &Hole, newest: &Newest) -> bool {
    let (Some(from), Some(fixed)) = (Version::parse(hole.from), Version::parse(hole.fixed)) else { return false };
    match newest {
        Newest::Exactly(version) | Newest::UpTo(version) => *version >= from && *version < fixed,
        Newest::Below(version) => *version > from && *version <= fixed,
    }
}

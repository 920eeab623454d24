//! Sites that ask different things share TLS sessions.
//!
//! Two nginx servers or Apache sites, or two HAProxy binds with one certificate, that ask different things of clients, with
//! session tickets or a shared cache. Which version runs is not known, so the confidence is low.

use crate::{
    Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::Topic,
};

pub(super) const CHECK: Check = Check {
    id: "sessions-shared-by-sites",
    side: Side::Proxy,
    title: "Sites that ask different things share TLS sessions",
    severity: Severity::Medium,
    references: &["CVE-2025-23419", "CVE-2025-23048", "CWE-613"],
    why: "A client that was let in by the site with the weaker demand resumes its session at the other one, and is not asked again. Fixed in nginx 1.26.3 and 1.27.4, Apache 2.4.64, HAProxy in August 2026.",
    fix: "Update; until then turn resumption off (nginx: ssl_session_tickets off and no shared cache; Apache: SSLSessionTickets off, SSLStrictSNIVHostCheck on).",
    source: include_str!("sessions_shared_by_sites.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    found.faults(project, Topic::SharedSessions);
}

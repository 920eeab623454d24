//! Errors of client certificates are ignored.
//!
//! `ca-ignore-err` or `crt-ignore-err` on a `bind` with client verification, and no rule that looks at `ssl_c_verify` or
//! `ssl_c_err`.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    haproxy,
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "haproxy-ignores-errors",
    side: Side::Proxy,
    title: "Errors of client certificates are ignored",
    severity: Severity::Critical,
    references: &["HAProxy: ca-ignore-err, crt-ignore-err", "CWE-295"],
    why: "Expired certificates, certificates for servers, or those of any CA count like good ones. The handshake says yes, and nobody asks after it.",
    fix: "Remove it; or deny where ssl_c_verify is not 0, but for the page that explains the error.",
    source: include_str!("haproxy_ignores_errors.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for sections in &project.haproxy {
        let looks = haproxy::lines(sections).any(|(_, line)| {
            line.name() != "log-format"
                && line
                    .words
                    .iter()
                    .any(|word| ["ssl_c_verify", "ssl_c_err", "ssl_c_ca_err"].iter().any(|fetch| word.contains(fetch)))
        });
        for bind in haproxy::entrances(sections).filter(|_| !looks) {
            for word in ["ca-ignore-err", "crt-ignore-err"] {
                if let Some(errors) = bind.after(word) {
                    let message = format!("{word} {errors}, and nothing looks at ssl_c_verify");
                    found.add(Confidence::High, message, (&bind.span, "bad certificates count"), &[]);
                }
            }
        }
    }
}

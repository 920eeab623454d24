//! Client certificates are optional.
//!
//! `verify optional` on a `bind`, and no rule of the configuration that looks at `ssl_c_used`, `ssl_c_verify` or
//! `ssl_fc_has_crt`.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    haproxy,
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "haproxy-verify-optional",
    side: Side::Proxy,
    title: "Client certificates are optional",
    severity: Severity::High,
    references: &["HAProxy: verify"],
    why: "A client without a certificate is passed on like a holder of one. The app cannot tell the two apart.",
    fix: "Write verify required; or deny unless { ssl_c_used } and tell the app.",
    source: include_str!("haproxy_verify_optional.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for sections in &project.haproxy {
        let looks = haproxy::lines(sections).any(|(_, line)| {
            line.name() != "log-format"
                && line.words.iter().any(|word| {
                    ["ssl_c_used", "ssl_c_verify", "ssl_fc_has_crt"].iter().any(|fetch| word.contains(fetch))
                })
        });
        for bind in haproxy::entrances(sections).filter(|bind| bind.after("verify") == Some("optional") && !looks) {
            found.add(
                Confidence::High,
                "verify optional, and nothing looks at the result",
                (&bind.span, "everybody is let in"),
                &[],
            );
        }
    }
}

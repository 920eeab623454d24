//! Client certificates are optional in Apache.
//!
//! `SSLVerifyClient optional` or `optional_no_ca`, and no line that looks at `SSL_CLIENT_VERIFY`.

use crate::{
    Confidence, Severity, apache,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "apache-verify-optional",
    side: Side::Proxy,
    title: "Client certificates are optional in Apache",
    severity: Severity::High,
    references: &["mod_ssl: SSLVerifyClient"],
    why: "A client without a certificate, or with one of nobody, is passed on like a holder of one. optional_no_ca verifies no chain at all.",
    fix: "Write SSLVerifyClient require; or Require expr \"%{SSL_CLIENT_VERIFY} == 'SUCCESS'\" where it counts, and tell the app.",
    source: include_str!("apache_verify_optional.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for lines in &project.apache {
        let looks = lines.iter().any(|line| {
            !line.name().eq_ignore_ascii_case("LogFormat")
                && line.words.iter().any(|word| word.contains("SSL_CLIENT_VERIFY"))
        });
        for line in apache::named(lines, "SSLVerifyClient") {
            let optional = line.words.get(1).is_some_and(|mode| mode.to_ascii_lowercase().starts_with("optional"));
            if optional && !looks {
                let message = format!("{}, and nothing looks at the result", line.words.join(" "));
                found.add(Confidence::High, message, (&line.span, "everybody is let in"), &[]);
            }
        }
    }
}

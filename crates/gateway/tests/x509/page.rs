//! `docs/x509-conformance.md`.

use std::path::Path;

use crate::row::{Ours, Row};

const HEAD: &str = "\
# X.509 conformance

How the gateway judges client chains, case by case, beside OpenSSL (`openssl verify -x509_strict
-auth_level 2 -purpose sslclient -partial_chain`) and rustls-webpki (`verify_for_usage`, client
authentication). Written by `crates/gateway/tests/x509`, which makes every chain, has all three judge
it, and fails if a verdict here changes, if another verifier differs where this page says nothing, or
if it agrees where this page says that it differs. `UPDATE=1 cargo test -p countersign-gateway --test
x509` rewrites it.

The rules are those of RFC 5280 section 6.1; where it leaves a choice, the row says what was chosen.
The OpenSSL of the table is 3.0.

";

pub(crate) fn keep_true(tables: &[(&str, Vec<Row>)]) {
    let mut page = String::from(HEAD);
    let rows = || tables.iter().flat_map(|(_, rows)| rows);
    let differing = |by: fn(&Row) -> bool| rows().filter(|row| by(row)).count();
    page += &format!(
        "{} chains: {} accepted, {} refused. OpenSSL differs in {}, webpki in {}.\n",
        rows().count(),
        differing(Row::accepts),
        differing(|row| !row.accepts()),
        differing(|row| row.openssl.is_some()),
        differing(|row| row.webpki.is_some()),
    );
    for (title, rows) in tables {
        page +=
            &format!("\n## {title}\n\n| chain | what it shows | here | OpenSSL | webpki |\n|---|---|---|---|---|\n");
        for row in rows {
            let here = match row.ours {
                Ours::Accepted => "accepted".into(),
                Ours::Refused(reason, _) => format!("`{reason}`"),
                Ours::Unloadable(_) => "the trust is refused".into(),
            };
            let other = |differs: Option<&str>| {
                differs.map_or("same".into(), |why| {
                    let verdict = if row.accepts() { "refused" } else { "accepted" };
                    format!("**{verdict}**: {why}")
                })
            };
            let (openssl, webpki) = (other(row.openssl), other(row.webpki));
            page += &format!("| `{}` | {} | {here} | {openssl} | {webpki} |\n", row.name, row.shows);
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/x509-conformance.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, page).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    let changed: Vec<_> = page.lines().filter(|line| !kept.lines().any(|old| old == *line)).collect();
    assert!(
        kept == page,
        "docs/x509-conformance.md is outdated, UPDATE=1 rewrites it; new lines:\n{}",
        changed.join("\n")
    );
}

//! `docs/metrics.md`, written from the list of metrics in the gateway. A test keeps the page true.

use std::fmt::Write;

use countersign_core::BASES;
use countersign_gateway::FAMILIES;

const HEAD: &str = "# Metrics and health

<!-- Written from crates/gateway/src/metrics/families.rs; `UPDATE=1 cargo test -p countersign --lib metrics` rewrites it. -->

The admin address tells what the gateway does and whether it is well. It is off until the configuration names it:

```toml
[listen]
admin = \"127.0.0.1:9440\"
```

| path | answer |
|---|---|
| `/healthz` | 200 `ok` as long as the process lives |
| `/readyz` | 200 `ready` while connections are accepted; 503 `draining` once the gateway stops, so that a load balancer sends no more |
| `/metrics` | Prometheus text format 0.0.4 |
| `/jwks` | the sites with public assertion keys |
| `/jwks/SITE` | the JWK Set of a site that signs with ES256; secrets (HS256) are never served |

It is plain HTTP without a password and changes nothing: whoever reaches it may read it. So it listens on loopback alone, unless `insecure_admin = true` stands beside it. A browser on the same host reaches it too, on behalf of any page, so requests with `Origin`, or with a `Sec-Fetch-Site` other than `none` and `same-origin`, are refused, and the `Host` has to be an IP address or `localhost`: any other name could be a web page's own, made to mean 127.0.0.1 (DNS rebinding). Name Prometheus targets by address:

```yaml
scrape_configs:
  - job_name: countersign
    static_configs:
      - targets: [\"127.0.0.1:9440\"]
```

Labels are names of the configuration and words of the lists below, never what a client sent: nobody can add a series. All of them are there from the start, at 0. The words are those of the log, one line for each count, so that an alert leads to the lines behind it (permits are logged with `log.access = true`). Counters start at 0 with the process, and stay over a reload.

## All metrics

| metric | type | labels | |
|---|---|---|---|
";

/// The page.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    // Writing to a String does not fail.
    for family in FAMILIES {
        let labels: Vec<String> = family.labels.iter().map(|(label, _)| format!("`{label}`")).collect();
        let (name, kind, labels, help) = (family.name, family.kind(), labels.join(", "), sentence(family.help));
        let _ = writeln!(page, "| `{name}` | {kind} | {labels} | {help} |");
    }
    page.push_str("\n## Labels\n\n| metric | label | holds |\n|---|---|---|\n");
    for family in FAMILIES {
        for (label, holds) in family.labels {
            let _ = writeln!(page, "| `{}` | `{label}` | {} |", family.name, sentence(holds));
        }
    }
    let bases: Vec<String> = BASES.iter().map(|basis| format!("`{}`", basis.code())).collect();
    let _ = writeln!(
        page,
        "\nReasons of a permit: {}. Reasons of a refusal or failure are the codes of the header `Countersign-Reason`; `crates/core/src/reason.rs` lists them.",
        bases.join(", ")
    );
    page.push_str("\n## Alerts\n\nA rule file to begin with:\n\n```yaml\n");
    page.push_str(&rules());
    page.push_str("```\n");
    page
}

/// Alert rules, as Prometheus reads them.
#[must_use]
pub fn rules() -> String {
    let mut text = String::from("groups:\n  - name: countersign\n    rules:\n");
    for alert in FAMILIES.iter().flat_map(|family| family.alerts) {
        let _ = write!(
            text,
            "      - alert: {}\n        expr: |-\n          {}\n        for: {}\n        annotations:\n          summary: |-\n            {}\n",
            alert.name, alert.expr, alert.for_, alert.summary
        );
    }
    text
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    (first + chars.as_str()).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn metrics_are_documented_from_the_list() {
        crate::snapshot::assert_same("../../docs/metrics.md", &markdown());
    }

    #[test]
    fn metrics_have_names_as_prometheus_wants_them() {
        let mut names = HashSet::new();
        for family in FAMILIES {
            let name = family.name;
            assert!(names.insert(name), "{name}");
            assert!(name.starts_with("countersign_") || name.starts_with("process_"), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), family.kind() == "counter", "{name}");
            for part in ["bucket", "sum", "count"] {
                assert!(!name.ends_with(&format!("_{part}")), "{name}");
            }
            assert!(!family.help.ends_with('.') && !family.help.is_empty(), "{name}");
        }
    }

    /// An alert on a metric, label or reason that does not exist never fires.
    #[test]
    fn metrics_of_alerts_exist() {
        let words = |text: &'static str| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        let mut count = 0;
        for alert in FAMILIES.iter().flat_map(|family| family.alerts) {
            count += 1;
            let named: Vec<_> = words(alert.expr)
                .filter(|word| word.starts_with("countersign_"))
                .map(|word| {
                    let found = FAMILIES.iter().find(|family| {
                        word == family.name || family.kind() == "histogram" && word == format!("{}_bucket", family.name)
                    });
                    found.unwrap_or_else(|| panic!("{}: there is no metric {word}", alert.name))
                })
                .collect();
            assert!(!named.is_empty(), "{}", alert.name);
            let has = |label: &str| {
                label == "le" || named.iter().all(|family| family.labels.iter().any(|(name, _)| *name == label))
            };
            let pieces: Vec<&str> = alert.expr.split('=').collect();
            for pair in pieces.windows(2).filter(|pair| !pair[0].ends_with(['<', '>', ' '])) {
                let label = pair[0].trim_end_matches('!').rsplit(|c: char| !c.is_ascii_lowercase() && c != '_').next();
                let label = label.unwrap();
                assert!(has(label), "{}: {label}", alert.name);
                let value = pair[1].split('"').nth(1).unwrap();
                for reason in value.split('|').filter(|_| label == "reason") {
                    assert!(countersign_core::Reason::from_code(reason).is_some(), "{}: {reason}", alert.name);
                }
            }
            for label in alert.summary.split("$labels.").skip(1) {
                let label = label.split(' ').next().unwrap();
                assert!(has(label), "{}: {label}", alert.name);
            }
        }
        assert!(count > 4);
    }
}

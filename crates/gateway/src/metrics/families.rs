//! Every metric: the only list. `/metrics` and `docs/metrics.md` are written from it.
//!
//! A name is stable: it stands in people's alerts and dashboards.

use std::{fmt, sync::atomic::Ordering::Relaxed};

use countersign_core::ReportOnly;
use prometheus_client::metrics::MetricType;

use super::{
    Count,
    scrape::{Scrape, Series},
};
use crate::{
    admin::Owner,
    cookies::CookieOutcome,
    outcome::{HandshakeOutcome, RequestOutcome},
};

/// Metrics of one name.
#[derive(Debug)]
pub struct Family {
    /// As it is exposed.
    pub name: &'static str,
    pub(super) kind: MetricType,
    /// Label and what it holds.
    pub labels: &'static [(&'static str, &'static str)],
    /// One sentence without a full stop.
    pub help: &'static str,
    /// Rules that people may want.
    pub alerts: &'static [Alert],
    pub(super) write: fn(&Scrape, &mut Series<'_>) -> fmt::Result,
}

impl Family {
    /// `counter`, `gauge` or `histogram`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.kind.as_str()
    }
}

/// An example of an alert rule.
#[derive(Debug)]
pub struct Alert {
    /// Its name.
    pub name: &'static str,
    /// PromQL.
    pub expr: &'static str,
    /// How long it must hold.
    pub for_: &'static str,
    /// What it means to the person whom it wakes.
    pub summary: &'static str,
}

const NONE: [(&str, &str); 0] = [];
const SITE: (&str, &str) = ("site", "first host of the site");
const TRUST: (&str, &str) = ("trust", "name of the trust");
const FILE: (&str, &str) = ("file", "the list's file, as the configuration names it");
const ISSUER: (&str, &str) = ("issuer", "who signed it; several lists of one issuer in one file are told as one");

/// All metrics, in the order of `/metrics` and the documentation.
pub static FAMILIES: &[Family] = &[
    Family {
        name: "countersign_decisions_total",
        kind: MetricType::Counter,
        labels: &[
            SITE,
            ("verdict", "`permit`, `refuse`, or `failed` if the app did"),
            ("reason", "of a permit, what proved the intent; otherwise the reason code"),
        ],
        help: "requests by verdict and reason",
        alerts: &[
            Alert {
                name: "CountersignForgeries",
                expr: "sum by (site) (rate(countersign_decisions_total{verdict=\"refuse\",reason=~\"origin-mismatch|cross-site|referer-mismatch\"}[5m])) > 0.1",
                for_: "10m",
                summary: "pages of other sites send requests to {{ $labels.site }}; the log names them, and the certificates that went along",
            },
            Alert {
                name: "CountersignAppFails",
                expr: "sum by (site) (rate(countersign_decisions_total{verdict=\"failed\"}[5m])) / sum by (site) (rate(countersign_decisions_total[5m])) > 0.05",
                for_: "5m",
                summary: "the app of {{ $labels.site }} does not answer, or not in time, for one request in twenty",
            },
        ],
        write: |scrape, series| {
            for (name, site) in scrape.sites() {
                for outcome in RequestOutcome::all() {
                    let value = site.decisions.get(outcome.index()).map_or(0, |counter| counter.load(Relaxed));
                    let labels = [("site", &*name), ("verdict", outcome.verdict()), ("reason", outcome.reason())];
                    series.counter(&labels, value)?;
                }
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_reported_total",
        kind: MetricType::Counter,
        labels: &[
            SITE,
            ("route", "path of the route; only routes that are, or were, on trial have series"),
            ("reason", "the reason code for which it would have been refused"),
        ],
        help: "proofs that requests lacked, and that report_only let through; a request may lack two",
        alerts: &[],
        write: |scrape, series| {
            const ALL: ReportOnly = ReportOnly { identity: true, intent: true };
            for (name, site) in scrape.sites() {
                for (route, counts) in site.all_reports() {
                    for reason in ALL.reasons() {
                        let labels = [("site", &*name), ("route", &*route), ("reason", reason.code())];
                        series.counter(&labels, counts.get(reason))?;
                    }
                }
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_request_duration_seconds",
        kind: MetricType::Histogram,
        labels: &[SITE],
        help: "from the head of a request to the head of its answer, refusals included",
        alerts: &[],
        write: |scrape, series| {
            for (name, site) in scrape.sites() {
                series.histogram(&[("site", &*name)], &site.answered)?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_upstream_duration_seconds",
        kind: MetricType::Histogram,
        labels: &[SITE],
        help: "from the first byte to the app to the head of its answer, or to its failure",
        alerts: &[Alert {
            name: "CountersignSlowApp",
            expr: "histogram_quantile(0.95, sum by (site, le) (rate(countersign_upstream_duration_seconds_bucket[5m]))) > 2.5",
            for_: "10m",
            summary: "the app of {{ $labels.site }} takes more than 2.5 s for one request in twenty",
        }],
        write: |scrape, series| {
            for (name, site) in scrape.sites() {
                series.histogram(&[("site", &*name)], &site.upstream)?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_cors_corrected_total",
        kind: MetricType::Counter,
        labels: &[SITE],
        help: "answers whose CORS headers granted a page more than the site declares, and were corrected",
        alerts: &[Alert {
            name: "CountersignCorsCorrected",
            expr: "increase(countersign_cors_corrected_total[1h]) > 0",
            for_: "0m",
            summary: "the app of {{ $labels.site }} lets foreign pages read its answers: it reflects Origin or says *, beside client certificates",
        }],
        write: |scrape, series| {
            for (name, site) in scrape.sites() {
                series.counter(&[("site", &*name)], site.cors_corrected.get())?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_method_overrides_total",
        kind: MetricType::Counter,
        labels: &[SITE],
        help: "requests that asked for another method, in a header, which was dropped, or in _method of the query",
        alerts: &[],
        write: |scrape, series| {
            for (name, site) in scrape.sites() {
                series.counter(&[("site", &*name)], site.overrides.get())?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_bound_cookies_total",
        kind: MetricType::Counter,
        labels: &[
            SITE,
            (
                "result",
                "`sealed`, `opened`, `accepted-unbound`; dropped: `unbound` (not sealed), `foreign` (sealed for another client, site or cookie), `unknown-key`, `malformed`, `disguised` (a name that some server reads as a bound one)",
            ),
        ],
        help: "cookies of bound names, and CSRF headers that echo one, by what became of them",
        alerts: &[Alert {
            name: "CountersignForeignCookies",
            expr: "sum by (site) (increase(countersign_bound_cookies_total{result=~\"foreign|disguised\"}[1h])) > 10",
            for_: "0m",
            summary: "clients of {{ $labels.site }} send cookies that were given to others; the log names them",
        }],
        write: |scrape, series| {
            for (name, site) in scrape.sites() {
                for outcome in CookieOutcome::ALL {
                    let value = site.cookies.get(outcome.index()).map_or(0, Count::get);
                    series.counter(&[("site", &*name), ("result", outcome.code())], value)?;
                }
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_requests",
        kind: MetricType::Gauge,
        labels: &[],
        help: "requests under way, until the last byte of the answer has gone",
        alerts: &[],
        write: |scrape, series| series.gauge(&NONE, scrape.metrics.requests.get() as f64),
    },
    Family {
        name: "countersign_connections",
        kind: MetricType::Gauge,
        labels: &[],
        help: "open connections of clients, handshakes included",
        alerts: &[],
        write: |scrape, series| series.gauge(&NONE, scrape.metrics.connections.get() as f64),
    },
    Family {
        name: "countersign_tunnels",
        kind: MetricType::Gauge,
        labels: &[],
        help: "open WebSockets",
        alerts: &[],
        write: |scrape, series| series.gauge(&NONE, scrape.metrics.tunnels.get() as f64),
    },
    Family {
        name: "countersign_handshakes_total",
        kind: MetricType::Counter,
        labels: &[
            ("site", "first host of the site; empty if none was found"),
            (
                "result",
                "`ok`, `resumed`; `client-left`, `client-alert`, `protocol-error`, or the reason code of a refused certificate; without a site `no-site`, `not-tls`, `timeout`",
            ),
        ],
        help: "TLS handshakes by how they ended; a connection without a byte is none",
        alerts: &[Alert {
            name: "CountersignHandshakesFail",
            expr: "sum by (site, result) (rate(countersign_handshakes_total{result!~\"ok|resumed\",site!=\"\"}[15m])) > 1",
            for_: "15m",
            summary: "clients of {{ $labels.site }} cannot connect: {{ $labels.result }}",
        }],
        write: |scrape, series| {
            for outcome in HandshakeOutcome::all(false) {
                series.counter(&[("site", ""), ("result", outcome.code())], scrape.metrics.strangers.get(outcome))?;
            }
            for (name, site) in scrape.sites() {
                for outcome in HandshakeOutcome::all(true) {
                    series.counter(&[("site", &*name), ("result", outcome.code())], site.handshakes.get(outcome))?;
                }
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_closed_total",
        kind: MetricType::Counter,
        labels: &[SITE, ("what", "`connection` or `tunnel`, which is a WebSocket")],
        help: "closed because the client may no longer use it: its certificate was revoked or ended, or a reload changed what is asked of it",
        alerts: &[],
        write: |scrape, series| {
            for (name, site) in scrape.sites() {
                for (what, count) in ["connection", "tunnel"].iter().zip(&site.closed) {
                    series.counter(&[("site", &*name), ("what", *what)], count.get())?;
                }
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_client_certificate_remaining_seconds",
        kind: MetricType::Histogram,
        labels: &[SITE],
        help: "what is left of the certificates that clients showed and that hold, once for each handshake",
        alerts: &[Alert {
            name: "CountersignClientCertificatesEnd",
            expr: "sum by (site) (increase(countersign_client_certificate_remaining_seconds_bucket{le=~\"604800(.0)?\"}[1d])) > 0",
            for_: "0m",
            summary: "clients of {{ $labels.site }} use certificates that end within a week",
        }],
        write: |scrape, series| {
            for (name, site) in scrape.sites() {
                series.histogram(&[("site", &*name)], &site.lives)?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_certificate_not_after_seconds",
        kind: MetricType::Gauge,
        labels: &[
            ("kind", "`server`, with a label `site`, or `ca`, with a label `trust`"),
            ("site", "first host of the site that shows it"),
            ("trust", "name of the trust that holds it"),
        ],
        help: "when the first certificate of a site's own chain, or the first CA of a trust, ends; Unix time",
        alerts: &[Alert {
            name: "CountersignCertificateEnds",
            expr: "countersign_certificate_not_after_seconds - time() < 14 * 86400",
            for_: "1h",
            summary: "a {{ $labels.kind }} certificate of {{ $labels.site }}{{ $labels.trust }} ends within two weeks",
        }],
        write: |scrape, series| {
            for certificate in &scrape.snapshot.certificates {
                let (kind, label, name) = match &certificate.owner {
                    Owner::Site(site) => ("server", "site", site),
                    Owner::Trust(trust) => ("ca", "trust", trust),
                };
                series.gauge(&[("kind", kind), (label, &**name)], certificate.not_after.0 as f64)?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_crl_this_update_seconds",
        kind: MetricType::Gauge,
        labels: &[TRUST, FILE, ISSUER],
        help: "when the issuer made the revocation list that is in use; Unix time",
        alerts: &[],
        write: |scrape, series| {
            for crl in &scrape.snapshot.crls {
                series.gauge(&crl.labels(), crl.this_update.0 as f64)?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_crl_next_update_seconds",
        kind: MetricType::Gauge,
        labels: &[TRUST, FILE, ISSUER],
        help: "when the revocation list that is in use becomes stale; Unix time",
        alerts: &[Alert {
            name: "CountersignCrlBecomesStale",
            expr: "(countersign_crl_next_update_seconds - time()) / (countersign_crl_next_update_seconds - countersign_crl_this_update_seconds) < 0.2",
            for_: "5m",
            summary: "four fifths of the life of the list {{ $labels.file }} are over; unless a new one comes, trust {{ $labels.trust }} refuses its clients",
        }],
        write: |scrape, series| {
            for crl in &scrape.snapshot.crls {
                series.gauge(&crl.labels(), crl.next_update.0 as f64)?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_crl_entries",
        kind: MetricType::Gauge,
        labels: &[TRUST, FILE, ISSUER],
        help: "serial numbers on the revocation list that is in use",
        alerts: &[],
        write: |scrape, series| {
            for crl in &scrape.snapshot.crls {
                series.gauge(&crl.labels(), crl.entries as f64)?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_deny_list_entries",
        kind: MetricType::Gauge,
        labels: &[TRUST],
        help: "entries of the deny list that is in use",
        alerts: &[],
        write: |scrape, series| {
            for (trust, entries) in &scrape.snapshot.denied {
                series.gauge(&[("trust", &**trust)], *entries as f64)?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_config_reloads_total",
        kind: MetricType::Counter,
        labels: &[("result", "`ok`, or `refused`: the configuration before it is still in force")],
        help: "how often the configuration was read again",
        alerts: &[Alert {
            name: "CountersignReloadRefused",
            expr: "increase(countersign_config_reloads_total{result=\"refused\"}[15m]) > 0",
            for_: "0m",
            summary: "a changed configuration was refused; the log says why, and countersign check does",
        }],
        write: |scrape, series| {
            for (result, counter) in ["ok", "refused"].iter().zip(&scrape.metrics.reloads) {
                series.counter(&[("result", *result)], counter.get())?;
            }
            Ok(())
        },
    },
    Family {
        name: "countersign_config_last_reload_success_timestamp_seconds",
        kind: MetricType::Gauge,
        labels: &[],
        help: "since when the configuration is in force; Unix time",
        alerts: &[],
        write: |scrape, series| series.gauge(&NONE, scrape.metrics.last_reload.load(Relaxed) as f64 / 1e3),
    },
    Family {
        name: "countersign_build_info",
        kind: MetricType::Gauge,
        labels: &[("version", "of the gateway")],
        help: "always 1",
        alerts: &[],
        write: |_, series| series.gauge(&[("version", env!("CARGO_PKG_VERSION"))], 1.0),
    },
    Family {
        name: "process_start_time_seconds",
        kind: MetricType::Gauge,
        labels: &[],
        help: "when the gateway started; Unix time",
        alerts: &[],
        write: |scrape, series| series.gauge(&NONE, scrape.metrics.started.as_secs_f64()),
    },
];

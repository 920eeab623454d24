use std::time::{Duration, Instant};

use countersign_core::{Basis, Reason, UnixTime};
use tokio::sync::watch;

use super::*;
use crate::{
    admin::snapshot::{CertificateEnd, CrlState, Owner, SiteKeys},
    live::Phase,
    metrics::Metrics,
    outcome::{HandshakeOutcome, RequestOutcome},
};

fn state() -> (State, watch::Sender<Phase>) {
    let (stop, phase) = watch::channel(Phase { generation: 0, stopping: false });
    let keys = |site: &str, jwks| SiteKeys { site: site.into(), jwks };
    let snapshot = Snapshot {
        certificates: vec![
            CertificateEnd { owner: Owner::Site("a.example.com".into()), not_after: UnixTime(2_000_000_000) },
            CertificateEnd { owner: Owner::Trust("staff".into()), not_after: UnixTime(1_900_000_000) },
        ],
        crls: vec![CrlState {
            trust: "staff".into(),
            file: "odd \"name\"\\\n".into(),
            issuer: "CN=Staff CA".into(),
            this_update: UnixTime(1_800_000_000),
            next_update: UnixTime(1_800_086_400),
            entries: 1_000_000,
        }],
        denied: vec![("staff".into(), 7)],
        keys: vec![
            keys("a.example.com", Jwks::Public("{\"keys\":[]}".into())),
            keys("*.b.example.com", Jwks::Public("{\"keys\":[1]}".into())),
            keys("secret.example.com", Jwks::Secret),
        ],
    };
    (State { metrics: Metrics::new(), source: Box::new(move || snapshot.clone()), phase }, stop)
}

fn ask(state: &State, method: &Method, path: &str) -> (u16, String, String) {
    let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("127.0.0.1"))]);
    let response = answer(method, &path.parse().unwrap(), Version::HTTP_11, &headers, state);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let status = response.status().as_u16();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let body = runtime.block_on(http_body_util::BodyExt::collect(response.into_body())).unwrap().to_bytes();
    (status, content_type, String::from_utf8(body.to_vec()).unwrap())
}

fn get(state: &State, path: &str) -> (u16, String, String) {
    ask(state, &Method::GET, path)
}

#[test]
fn readiness_ends_when_the_gateway_stops_and_health_does_not() {
    let (state, stop) = state();
    assert_eq!(get(&state, "/readyz"), (200, TEXT.into(), "ready\n".into()));
    stop.send(Phase { generation: 1, stopping: true }).unwrap();
    assert_eq!(get(&state, "/readyz"), (503, TEXT.into(), "draining\n".into()));
    assert_eq!(get(&state, "/healthz"), (200, TEXT.into(), "ok\n".into()));
}

#[test]
fn only_public_keys_are_served() {
    let (state, _stop) = state();
    assert_eq!(get(&state, "/jwks/a.example.com"), (200, JWK_SET.into(), "{\"keys\":[]}".into()));
    assert_eq!(get(&state, "/jwks/_.b.example.com"), (200, JWK_SET.into(), "{\"keys\":[1]}".into()));
    let (status, _, text) = get(&state, "/jwks/secret.example.com");
    assert_eq!(status, 404);
    assert!(text.contains("secrets are never served"), "{text}");
    for path in ["/jwks/", "/jwks/other.example.com", "/jwks/a.example.com/", "/jwks/../secret.example.com"] {
        assert_eq!(get(&state, path).0, 404, "{path}");
    }
    let (status, content_type, text) = get(&state, "/jwks");
    assert_eq!((status, content_type.as_str()), (200, JSON));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        serde_json::json!({ "sites": { "a.example.com": "/jwks/a.example.com", "*.b.example.com": "/jwks/_.b.example.com" } })
    );
}

#[test]
fn other_methods_and_paths() {
    let (state, _stop) = state();
    for path in ["/", "/healthz", "/readyz", "/metrics", "/jwks", "/jwks/a.example.com"] {
        assert_eq!(ask(&state, &Method::HEAD, path).0, 200, "{path}");
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE, Method::CONNECT] {
            assert_eq!(ask(&state, &method, path).0, 405, "{method} {path}");
        }
    }
    for path in ["/metrics/", "/Metrics", "/metricsx", "/debug/pprof", "/..", "/%6detrics"] {
        assert_eq!(get(&state, path).0, 404, "{path}");
    }
}

#[test]
fn what_is_counted_is_told() {
    let (state, _stop) = state();
    let site = state.metrics.site("a.example.com");
    for _ in 0..3 {
        site.decided(RequestOutcome::Permit(Basis::SameOrigin), Some(Duration::from_millis(3)));
    }
    site.decided(RequestOutcome::Refuse(Reason::OriginNull), None);
    site.handshakes.count(HandshakeOutcome::Resumed);
    site.certificate(UnixTime(86_400), UnixTime(0));
    state.metrics.strangers.count(HandshakeOutcome::NoSite);
    state.metrics.reloaded(false);
    let _open = state.metrics.connections.count();
    let (status, content_type, text) = get(&state, "/metrics");
    assert_eq!((status, content_type.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "# TYPE countersign_decisions_total counter",
        "countersign_decisions_total{site=\"a.example.com\",verdict=\"permit\",reason=\"same-origin\"} 3",
        "countersign_decisions_total{site=\"a.example.com\",verdict=\"refuse\",reason=\"origin-null\"} 1",
        "countersign_decisions_total{site=\"a.example.com\",verdict=\"failed\",reason=\"upstream-timeout\"} 0",
        "# TYPE countersign_request_duration_seconds histogram",
        "countersign_request_duration_seconds_bucket{site=\"a.example.com\",le=\"0.0025\"} 0",
        "countersign_request_duration_seconds_bucket{site=\"a.example.com\",le=\"0.005\"} 3",
        "countersign_request_duration_seconds_bucket{site=\"a.example.com\",le=\"+Inf\"} 3",
        "countersign_request_duration_seconds_sum{site=\"a.example.com\"} 0.009",
        "countersign_request_duration_seconds_count{site=\"a.example.com\"} 3",
        "countersign_handshakes_total{site=\"\",result=\"no-site\"} 1",
        "countersign_handshakes_total{site=\"a.example.com\",result=\"resumed\"} 1",
        "countersign_client_certificate_remaining_seconds_bucket{site=\"a.example.com\",le=\"86400\"} 1",
        "countersign_certificate_not_after_seconds{kind=\"server\",site=\"a.example.com\"} 2000000000.0",
        "countersign_certificate_not_after_seconds{kind=\"ca\",trust=\"staff\"} 1900000000.0",
        "countersign_crl_entries{trust=\"staff\",file=\"odd \\\"name\\\"\\\\\\n\",issuer=\"CN=Staff CA\"} 1000000.0",
        "countersign_config_reloads_total{result=\"ok\"} 0",
        "countersign_config_reloads_total{result=\"refused\"} 1",
        "countersign_connections 1.0",
        "countersign_deny_list_entries{trust=\"staff\"} 7.0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

/// Two gateways in one process share nothing.
#[test]
fn there_is_no_global_registry() {
    let ((one, _stop), (other, _stop_too)) = (state(), state());
    one.metrics.strangers.count(HandshakeOutcome::NotTls);
    let line = "countersign_handshakes_total{site=\"\",result=\"not-tls\"}";
    assert!(get(&one, "/metrics").2.contains(&format!("{line} 1\n")));
    assert!(get(&other, "/metrics").2.contains(&format!("{line} 0\n")));
}

/// Not a bench, and a debug build on a busy machine: the best of many rounds, against a bound that
/// a lock, a lookup by name or an allocation would break.
#[test]
fn counting_is_cheap() {
    let (state, _stop) = state();
    let site = state.metrics.site("a.example.com");
    let round = || {
        let begun = Instant::now();
        for n in 0..1_000 {
            site.decided(RequestOutcome::Permit(Basis::SameOrigin), Some(Duration::from_micros(n)));
        }
        begun.elapsed() / 1_000
    };
    let best = (0..200).map(|_| round()).min().unwrap();
    assert!(best < Duration::from_micros(1), "{best:?}");
}

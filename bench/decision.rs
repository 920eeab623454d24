//! What a decision costs, and that it does not grow with the number of routes.
//!
//! `cargo bench -p countersign-bench`; a name after `--` selects.

use countersign_bench::{NOW, Request, alice, forged, get, machine, plain, same_origin, site};
use countersign_core::{Client, ProtectedNames, Silent, Verdict, decide};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const REQUESTS: [&str; 4] = ["get", "same-origin post", "forged post", "machine post"];

fn named(name: &str) -> Request {
    match name {
        "get" => get(),
        "forged post" => forged(),
        "machine post" => machine(),
        _ => same_origin(),
    }
}

/// Head and decision, as for each request of the gateway.
fn measure(bencher: Bencher<'_, '_>, request: &Request, routes: usize, trusted: usize, permitted: bool) {
    let (site, alice) = (site(routes, trusted), alice());
    bencher.bench_local(|| {
        let Ok(head) = black_box(request).head() else { return false };
        let decision = decide(black_box(&site), &head, &Client::Verified(&alice), NOW, &mut Silent);
        let permit = matches!(decision.verdict, Verdict::Permit(_));
        assert_eq!(permit, permitted);
        permit
    });
}

#[divan::bench(args = REQUESTS)]
fn head_and_decide(bencher: Bencher<'_, '_>, name: &str) {
    measure(bencher, &named(name), 10, 2, name != "forged post");
}

#[divan::bench(args = REQUESTS)]
fn head_alone(bencher: Bencher<'_, '_>, name: &str) {
    let request = named(name);
    bencher.bench_local(|| black_box(&request).head().is_ok());
}

#[divan::bench(args = REQUESTS)]
fn decide_alone(bencher: Bencher<'_, '_>, name: &str) {
    let (request, site, alice) = (named(name), site(10, 2), alice());
    let Ok(head) = request.head() else { return };
    bencher.bench_local(|| {
        let decision = decide(&site, black_box(&head), &Client::Verified(&alice), NOW, &mut Silent);
        matches!(decision.verdict, Verdict::Permit(_))
    });
}

/// Flat: a lookup costs one hash per segment of the path.
#[divan::bench(args = [1, 10, 100, 1_000, 10_000])]
fn routes_exact(bencher: Bencher<'_, '_>, routes: usize) {
    measure(bencher, &plain("/section5/part/leaf"), routes, 0, true);
}

#[divan::bench(args = [1, 10, 100, 1_000, 10_000])]
fn routes_prefix(bencher: Bencher<'_, '_>, routes: usize) {
    measure(bencher, &plain("/section4/part/some/leaf/of/this"), routes, 0, true);
}

/// Linear: the list is short, and asked only when the own origin does not match.
#[divan::bench(args = [1, 10, 100])]
fn trusted_origins(bencher: Bencher<'_, '_>, trusted: usize) {
    measure(bencher, &forged(), 10, trusted, false);
}

#[divan::bench(args = ["/a/plain/path/of/this/length", "/caf%C3%A9/with%20some/%65scapes"])]
fn paths(bencher: Bencher<'_, '_>, path: &'static str) {
    measure(bencher, &plain(path), 10, 0, true);
}

/// The filter over a browser's 16 header names.
#[divan::bench]
fn protected_names(bencher: Bencher<'_, '_>) {
    let (request, names) = (same_origin(), ProtectedNames::default());
    bencher.bench_local(|| black_box(&request).fields.iter().filter(|(name, _)| names.drops(name)).count());
}

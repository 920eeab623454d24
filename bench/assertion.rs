//! What an assertion costs, per request and per connection, and what its check costs.
//!
//! `cargo bench -p countersign-bench --bench assertion`; a name after `--` selects.

use std::sync::atomic::{AtomicI64, Ordering};

use countersign_assertion::{
    Algorithm, ClientFacts, ConnectionFacts, KeySet, MemoryReplayCache, Minter, Mode, RequestClaims, RequestFacts,
    Revocation, TlsFacts, TlsVersion, Verifier, binding,
};
use countersign_bench::{NOW, alice};
use countersign_core::{Audience, Basis, UnixTime};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const REQUEST: RequestFacts<'static> =
    RequestFacts { method: "POST", authority: "app.example.com", path: "/accounts/7/transfers", query: "page=2" };
const CLAIMS: RequestClaims<'static> = RequestClaims {
    request: REQUEST,
    id: "0123456789abcdef0123456789abcdef",
    basis: Basis::SameOrigin,
    audience: Audience::Browser,
    api_key: None,
    reported: None,
};
const MODES: [&str; 3] = ["hs256", "es256", "es256 session"];

fn keys(name: &str) -> Option<KeySet> {
    let algorithm = if name == "hs256" { Algorithm::Hs256 } else { Algorithm::Es256 };
    KeySet::generate(algorithm, NOW).ok()
}

fn minter(name: &str) -> Option<Minter> {
    let mode = if name == "es256 session" { Mode::Session } else { Mode::Bound };
    Minter::new(keys(name)?, mode, "countersign", "app").ok()
}

fn with_facts<T>(body: impl FnOnce(&ConnectionFacts<'_>) -> T) -> T {
    let identity = alice();
    let revocation = Revocation::Crl { at: NOW, fresh: true };
    let client = Some(ClientFacts { identity: &identity, trust: "staff", revocation });
    body(&ConnectionFacts {
        client,
        tls: TlsFacts { version: TlsVersion::V1_3, sni: "app.example.com", resumed: true },
    })
}

/// As for each request of the gateway.
#[divan::bench(args = MODES)]
fn mint(bencher: Bencher<'_, '_>, name: &str) {
    let Some(minter) = minter(name) else { return };
    let prepared = with_facts(|facts| minter.prepare(facts));
    bencher.bench_local(|| minter.mint(black_box(&prepared), black_box(&CLAIMS), NOW));
}

/// As for the first request of a connection.
#[divan::bench(args = MODES)]
fn prepare_and_mint(bencher: Bencher<'_, '_>, name: &str) {
    let Some(minter) = minter(name) else { return };
    with_facts(|facts| {
        bencher.bench_local(|| {
            let prepared = minter.prepare(black_box(facts));
            minter.mint(&prepared, black_box(&CLAIMS), NOW)
        });
    });
}

#[divan::bench]
fn request_binding() -> String {
    binding(black_box(&REQUEST))
}

/// As a Rust app would, a safe request.
#[divan::bench(args = ["hs256", "es256"])]
fn verify(bencher: Bencher<'_, '_>, name: &str) {
    let (Some(keys), get) = (keys(name), RequestFacts { method: "GET", ..REQUEST }) else { return };
    let Ok(minter) = Minter::new(keys.clone(), Mode::Bound, "countersign", "app") else { return };
    let keys = keys.public_jwks().and_then(|jwks| KeySet::read(Algorithm::Es256, jwks.as_bytes()).ok()).unwrap_or(keys);
    let prepared = with_facts(|facts| minter.prepare(facts));
    let Ok(token) = minter.mint(&prepared, &RequestClaims { request: get, ..CLAIMS }, NOW) else { return };
    let (verifier, replay) = (Verifier::new(keys, "countersign", "app"), MemoryReplayCache::new(1));
    bencher.bench_local(|| {
        let claims = verifier.verify(&[black_box(&token).as_bytes()], &get, &replay, NOW);
        assert!(claims.is_ok());
        claims
    });
}

/// What a connection pays when the key changes.
#[divan::bench]
fn mint_with_another_key(bencher: Bencher<'_, '_>) {
    let Some(minter) = minter("hs256") else { return };
    let prepared = with_facts(|facts| minter.prepare(facts));
    let clock = AtomicI64::new(NOW.0);
    bencher.bench_local(|| {
        // A clock that goes backwards asks for the signer each time.
        let now = UnixTime(clock.fetch_sub(1, Ordering::Relaxed));
        minter.mint(&prepared, black_box(&CLAIMS), now)
    });
}

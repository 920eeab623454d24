//! What bound cookies cost: a request without one, and with Django's two.

use countersign_assertion::{Algorithm, KeySet};
use countersign_core::UnixTime;
use countersign_gateway::{BindTo, Binding, CookiePolicy, CookieRepair, CookieRing, Opened};
use divan::{Bencher, black_box};
use http::{HeaderMap, HeaderValue, header};

fn main() {
    divan::main();
}

const NOW: UnixTime = UnixTime(1_000);

fn policy() -> CookiePolicy {
    let ring = KeySet::generate(Algorithm::Hs256, NOW).ok().and_then(|keys| CookieRing::new(&keys));
    CookiePolicy {
        site: "app.example.com".into(),
        names: vec!["sessionid".into(), "csrftoken".into()],
        bind_to: BindTo::Identity,
        ring: ring.unwrap_or_else(CookieRing::empty),
        accept_unbound_until: None,
        csrf_cookie: CookiePolicy::CSRF_COOKIE.into(),
        csrf_header: CookiePolicy::CSRF_HEADER,
        repair: CookieRepair::default(),
    }
}

fn set() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in ["sessionid", "csrftoken"] {
        let value = format!("{name}=0123456789abcdef0123456789abcdef; HttpOnly; Max-Age=1209600; Path=/");
        headers.append(header::SET_COOKIE, HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("")));
    }
    headers
}

/// A `Cookie` field with nothing, with other cookies, with both bound ones.
fn cookie(policy: &CookiePolicy, what: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_static("app.example.com"));
    let mut field = "theme=dark; lang=en; consent=1".to_owned();
    if what == "two bound" {
        let mut answer = set();
        policy.seal(&mut answer, &mut Opened::default(), &Binding::nobody(), NOW);
        for set in answer.get_all(header::SET_COOKIE) {
            field += "; ";
            field += set.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
        }
    }
    if what != "none" {
        headers.insert(header::COOKIE, HeaderValue::try_from(field).unwrap_or(HeaderValue::from_static("")));
    }
    headers
}

#[divan::bench(args = ["none", "three others", "two bound"])]
fn open(bencher: Bencher<'_, '_>, what: &str) {
    let policy = policy();
    let (headers, nobody) = (cookie(&policy, what), Binding::nobody());
    bencher
        .with_inputs(|| headers.clone())
        .bench_local_refs(|headers| policy.open(black_box(headers), &nobody, NOW).is_ok());
}

#[divan::bench]
fn seal_two(bencher: Bencher<'_, '_>) {
    let (policy, headers, nobody) = (policy(), set(), Binding::nobody());
    bencher
        .with_inputs(|| headers.clone())
        .bench_local_refs(|headers| policy.seal(black_box(headers), &mut Opened::default(), &nobody, NOW));
}

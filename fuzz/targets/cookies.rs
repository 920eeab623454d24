//! Cookies: what was not sealed for this client never reaches the app under a bound name.

use countersign_assertion::{Algorithm, KeySet};
use countersign_core::UnixTime;
use countersign_gateway::{BindTo, Binding, CookiePolicy, CookieRepair, CookieRing, Opened};
use http::{HeaderMap, HeaderValue, header};

const NOW: UnixTime = UnixTime(1_000);
/// Stands in an input for a value that is sealed for this client, and for one that is for another.
const OWN: &str = "@own@";
const FOREIGN: &str = "@foreign@";

/// The input is a `Cookie` field; behind a line break, a `Set-Cookie` field of the answer.
pub fn cookies(data: &[u8]) {
    let mut lines = data.splitn(2, |b| *b == b'\n');
    let (cookie, set) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let Ok(keys) = KeySet::generate(Algorithm::Hs256, UnixTime(0)) else { return };
    let Some(ring) = CookieRing::new(&keys) else { return };
    let policy = CookiePolicy {
        site: "app.example.com".into(),
        names: vec!["sessionid".into(), "csrftoken".into()],
        bind_to: BindTo::Identity,
        ring,
        accept_unbound_until: None,
        csrf_cookie: CookiePolicy::CSRF_COOKIE.into(),
        csrf_header: CookiePolicy::CSRF_HEADER,
        repair: CookieRepair { host_prefix: data.len() % 2 == 1, ..CookieRepair::default() },
    };
    let (own, foreign) = (Binding::nobody(), Binding::of(&somebody(), BindTo::Key));
    request(&policy, &own, &foreign, cookie);
    answer(&policy, &own, set);
}

fn request(policy: &CookiePolicy, own: &Binding, foreign: &Binding, cookie: &[u8]) {
    let text = String::from_utf8_lossy(cookie);
    let text = text.replace(OWN, &sealed(policy, own, "own")).replace(FOREIGN, &sealed(policy, foreign, "foreign"));
    let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, value.clone());
    headers.insert(CookiePolicy::CSRF_HEADER, value);
    if policy.open(&mut headers, own, NOW).is_err() {
        return;
    }
    let left = headers.get(header::COOKIE).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
    let mut seen = [false; 2];
    for (name, value) in pairs(&left) {
        for (at, bound) in ["sessionid", "csrftoken"].iter().enumerate() {
            if name == bound.as_bytes() {
                assert!(!std::mem::replace(&mut seen[at], true), "{bound} twice in {left:?}");
                assert_eq!(value, b"own", "{bound} in {:?} of {text:?}", String::from_utf8_lossy(&left));
            }
        }
    }
    let others = |field: &[u8]| -> Vec<Vec<u8>> {
        let known: [&[u8]; 2] = [b"sessionid", b"csrftoken"];
        let plain = |name: &[u8]| !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric());
        pairs(field)
            .filter(|(name, _)| plain(name) && !known.contains(name))
            .map(|(name, value)| [name, b"=", value].concat())
            .collect()
    };
    assert_eq!(others(text.as_bytes()), others(&left), "other cookies stay");
}

fn answer(policy: &CookiePolicy, own: &Binding, set: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(set) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, value.clone());
    policy.seal(&mut headers, &mut Opened::default(), own, NOW);
    let Some((name, plain)) = pairs(value.as_bytes()).next() else { return };
    let Some(field) = headers.get(header::SET_COOKIE).map(|value| value.as_bytes().to_vec()) else {
        panic!("{value:?} is lost");
    };
    let Some((_, sealed)) = pairs(&field).next() else { return };
    if !matches!(name, b"sessionid" | b"csrftoken") || matches!(plain, b"" | b"\"\"" | b"\"") {
        return;
    }
    assert!(sealed.starts_with(b"cs1."), "{value:?}");
    let mut headers = HeaderMap::new();
    let cookie = [name, b"=", sealed].concat();
    headers.insert(header::COOKIE, HeaderValue::from_bytes(&cookie).expect("sealed values are fit for a header"));
    assert!(policy.open(&mut headers, own, NOW).is_ok());
    let back = headers.get(header::COOKIE).map(|value| value.as_bytes().to_vec());
    assert_eq!(back, Some([name, b"=", plain].concat()), "{value:?}");
}

/// As Django reads them.
fn pairs(field: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    field.split(|b| *b == b';').map(|piece| {
        let at = piece.iter().position(|b| *b == b'=');
        let (name, value) = at.map_or((piece, &[][..]), |at| (&piece[..at], &piece[at + 1..]));
        (name.trim_ascii(), value.trim_ascii())
    })
}

fn sealed(policy: &CookiePolicy, who: &Binding, value: &str) -> String {
    let mut headers = HeaderMap::new();
    let set = HeaderValue::from_str(&format!("sessionid={value}")).expect("a value");
    headers.insert(header::SET_COOKIE, set);
    policy.seal(&mut headers, &mut Opened::default(), who, NOW);
    let field = headers.get(header::SET_COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let pair = field.split(';').next().unwrap_or_default();
    pair.split_once('=').map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn somebody() -> countersign_core::Identity {
    countersign_core::Identity {
        subject: "CN=a".into(),
        issuer: "CN=b".into(),
        serial: "1".into(),
        sans: countersign_core::SubjectAltNames::default(),
        sha256: [1; 32],
        spki_sha256: [2; 32],
        not_before: UnixTime(0),
        not_after: UnixTime(1),
    }
}

use countersign_assertion::{Algorithm, KeySet};
use countersign_core::{Identity, SubjectAltNames};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::*;

fn keys() -> KeySet {
    KeySet::generate(Algorithm::Hs256, UnixTime(0)).unwrap()
}

fn policy(keys: &KeySet) -> CookiePolicy {
    CookiePolicy {
        site: "app.example.com".into(),
        names: vec!["sessionid".into(), "csrftoken".into()],
        bind_to: BindTo::Identity,
        ring: CookieRing::new(keys).unwrap(),
        accept_unbound_until: None,
        csrf_cookie: CookiePolicy::CSRF_COOKIE.into(),
        csrf_header: CookiePolicy::CSRF_HEADER,
        repair: CookieRepair::default(),
    }
}

fn identity(subject: &str) -> Identity {
    Identity {
        subject: subject.into(),
        issuer: "CN=ca".into(),
        serial: "1".into(),
        sans: SubjectAltNames { email: vec!["a@example.com".into(), "b@example.com".into()], ..Default::default() },
        sha256: [1; 32],
        spki_sha256: [2; 32],
        not_before: UnixTime(0),
        not_after: UnixTime(1),
    }
}

fn alice() -> Binding {
    Binding::of(&identity("CN=alice"), BindTo::Identity)
}

const NOW: UnixTime = UnixTime(1_000);

fn field(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    headers
}

/// The first `Set-Cookie` of an answer that sets this.
fn set(policy: &CookiePolicy, who: &Binding, cookie: &str) -> String {
    let mut headers = field("set-cookie", cookie);
    policy.seal(&mut headers, &mut Opened::default(), who, NOW);
    headers["set-cookie"].to_str().unwrap().to_owned()
}

fn sealed(policy: &CookiePolicy, who: &Binding, name: &str, value: &str) -> String {
    let set = set(policy, who, &format!("{name}={value}; Path=/"));
    set.split(';').next().unwrap().split_once('=').unwrap().1.to_owned()
}

/// The `Cookie` field that goes on, and what became of the cookies.
fn opened(policy: &CookiePolicy, who: &Binding, cookie: &str) -> Result<(String, Vec<&'static str>), &'static str> {
    let mut headers = field("cookie", cookie);
    let opened = policy.open(&mut headers, who, NOW).map_err(|refusal| refusal.reason().code())?;
    let left = headers.get("cookie").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    Ok((left, opened.outcomes.iter().map(|(_, outcome)| outcome.code()).collect()))
}

#[test]
fn a_value_opens_for_its_client_site_and_name_alone() {
    let keys = keys();
    let policy = policy(&keys);
    let value = sealed(&policy, &alice(), "sessionid", "s3cret");
    assert!(value.starts_with("cs1.") && !value.contains("s3cret"));
    assert_eq!(value.len(), 13 + ((6 + OVERHEAD) * 4).div_ceil(3));
    let cookie = format!("sessionid={value}");
    assert_eq!(opened(&policy, &alice(), &cookie), Ok(("sessionid=s3cret".into(), vec!["opened"])));
    let mallory = Binding::of(&identity("CN=mallory"), BindTo::Identity);
    for who in [mallory, Binding::nobody(), Binding::rejected(), Binding::of(&identity("CN=alice"), BindTo::Key)] {
        assert_eq!(opened(&policy, &who, &cookie), Ok((String::new(), vec!["foreign"])));
    }
    assert_eq!(opened(&policy, &alice(), &format!("csrftoken={value}")), Ok((String::new(), vec!["foreign"])));
    let other = CookiePolicy { site: "other.example.com".into(), ..self::policy(&keys) };
    assert_eq!(opened(&other, &alice(), &cookie), Ok((String::new(), vec!["foreign"])));
    assert_eq!(opened(&self::policy(&self::keys()), &alice(), &cookie), Ok((String::new(), vec!["unknown-key"])));
    assert_eq!(opened(&policy, &alice(), "sessionid=tossed"), Ok((String::new(), vec!["unbound"])));
    assert_eq!(opened(&policy, &alice(), "sessionid=cs1.x"), Ok((String::new(), vec!["malformed"])));
}

#[test]
fn a_renewed_certificate_is_the_same_client() {
    let mut renewed = identity("CN=alice");
    renewed.sans.email.reverse();
    (renewed.serial, renewed.sha256, renewed.spki_sha256) = ("2".into(), [8; 32], [9; 32]);
    assert_eq!(Binding::of(&renewed, BindTo::Identity), alice());
    let same_key = Identity { spki_sha256: [2; 32], ..renewed.clone() };
    let by_key = |identity: &Identity| Binding::of(identity, BindTo::Key);
    assert_eq!(by_key(&same_key), by_key(&identity("CN=alice")));
    assert_ne!(by_key(&renewed), by_key(&same_key));
    // A name of another type, or in another field, is another name.
    let mut moved = identity("CN=alice");
    moved.sans.dns = std::mem::take(&mut moved.sans.email);
    assert_ne!(Binding::of(&moved, BindTo::Identity), alice());
}

#[test]
fn other_cookies_stay_as_they_are() {
    let policy = policy(&keys());
    let value = sealed(&policy, &alice(), "sessionid", "s");
    for (cookie, left) in [
        ("a=1;b=2;  c = \"x; y\"", "a=1;b=2;  c = \"x; y\""),
        ("a=1; sessionid=@; b=2", "a=1; sessionid=s; b=2"),
        ("sessionid=@;b=2", "sessionid=s;b=2"),
        ("  sessionid = \"@\" ; b", "sessionid=s; b"),
        ("sessionid=x; b=2", "b=2"),
        ("a;sessionid;b", "a;b"),
        ("sessionid=@; sessionid=tossed", "sessionid=s"),
        ("sessionid=tossed; sessionid=@", "sessionid=s"),
        ("sessionid=@; sessionid=@", "sessionid=s"),
        ("mysessionid=1; sessionid2=2; Sessionid=3", "mysessionid=1; sessionid2=2; Sessionid=3"),
        ("%73essionid=1; b=2", "b=2"),
        ("\u{a0}sessionid=1; b=2", "b=2"),
        ("\"sessionid\"=1; b=2", "b=2"),
    ] {
        let (found, _) = opened(&policy, &alice(), &cookie.replace('@', &value)).unwrap();
        assert_eq!(found, left, "{cookie}");
    }
    let other = sealed(&policy, &alice(), "sessionid", "another");
    assert_eq!(opened(&policy, &alice(), &format!("sessionid={value}; sessionid={other}")), Err("cookie-duplicate"));
}

#[test]
fn http2_cookies_are_one_list() {
    let policy = policy(&keys());
    let value = sealed(&policy, &alice(), "sessionid", "s");
    let mut headers = field("cookie", "a=1");
    headers.append("cookie", HeaderValue::from_str(&format!("sessionid={value}")).unwrap());
    headers.append("cookie", HeaderValue::from_static("sessionid=x"));
    policy.open(&mut headers, &alice(), NOW).unwrap();
    let all: Vec<_> = headers.get_all("cookie").iter().collect();
    assert_eq!(all, ["a=1; sessionid=s"]);
}

#[test]
fn what_a_script_echoes_is_opened() {
    let policy = policy(&keys());
    let value = sealed(&policy, &alice(), "csrftoken", "t0ken");
    let session = sealed(&policy, &alice(), "sessionid", "t0ken");
    for (echo, who, left) in [
        (value.as_str(), alice(), Some("t0ken")),
        (value.as_str(), Binding::nobody(), None),
        (session.as_str(), alice(), None),
        ("cs1.nonsense", alice(), None),
        ("a-token-of-the-page", alice(), Some("a-token-of-the-page")),
    ] {
        let mut headers = field("x-csrftoken", echo);
        policy.open(&mut headers, &who, NOW).unwrap();
        assert_eq!(headers.get("x-csrftoken").map(|v| v.to_str().unwrap()), left);
    }
}

#[test]
fn values_from_before() {
    let until = |until| CookiePolicy { accept_unbound_until: Some(UnixTime(until)), ..policy(&keys()) };
    assert_eq!(
        opened(&until(1_001), &alice(), "sessionid=old; b=1"),
        Ok(("sessionid=old; b=1".into(), vec!["accepted-unbound"]))
    );
    assert_eq!(opened(&until(1_000), &alice(), "sessionid=old"), Ok((String::new(), vec!["unbound"])));
    // What is sealed for somebody else is not from before.
    let policy = until(2_000);
    let value = sealed(&policy, &alice(), "sessionid", "s");
    assert_eq!(
        opened(&policy, &Binding::nobody(), &format!("sessionid={value}")),
        Ok((String::new(), vec!["foreign"]))
    );
    let both = format!("sessionid={value}; sessionid=tossed");
    assert_eq!(opened(&policy, &alice(), &both), Ok(("sessionid=s".into(), vec!["opened", "unbound"])));
}

#[test]
fn rotation() {
    let old = keys();
    let value = sealed(&policy(&old), &alice(), "sessionid", "s");
    let both = old.rotated_keeping(UnixTime(500), 1_000_000).unwrap();
    let policy = policy(&both);
    assert_eq!(opened(&policy, &alice(), &format!("sessionid={value}")).unwrap().0, "sessionid=s");
    let id = |value: &str| value.get(4..12).unwrap().to_owned();
    // The new key waits for its time (500 + 600).
    assert_eq!(id(&sealed(&policy, &alice(), "sessionid", "s")), id(&value));
    let mut headers = field("set-cookie", "sessionid=s");
    policy.seal(&mut headers, &mut Opened::default(), &alice(), UnixTime(1_200));
    let later = headers["set-cookie"].to_str().unwrap().replace("sessionid=", "");
    assert_ne!(id(&later), id(&value));
}

#[test]
fn attributes() {
    let keys = keys();
    let policy = self::policy(&keys);
    let attributes = |policy: &CookiePolicy, cookie: &str| {
        let set = set(policy, &alice(), cookie);
        let (pair, rest) = set.split_once(';').unwrap_or((&set, ""));
        (pair.split('=').next().unwrap().to_owned(), rest.trim().to_owned())
    };
    let all = |name: &str, rest: &str| (name.to_owned(), rest.to_owned());
    assert_eq!(
        attributes(&policy, "sessionid=1; Path=/a; Domain=example.com; Weird=\"x\"; SameSite=None"),
        all("sessionid", "Path=/a; Weird=\"x\"; SameSite=None; Secure; HttpOnly")
    );
    assert_eq!(
        attributes(&policy, "csrftoken=1; expires=Thu, 01 Jan 1970 00:00:00 GMT; SECURE"),
        all("csrftoken", "expires=Thu, 01 Jan 1970 00:00:00 GMT; SECURE; SameSite=Lax")
    );
    assert_eq!(attributes(&policy, "theme=dark; Domain=example.com").1, "Domain=example.com; Secure; SameSite=Lax");
    assert_eq!(set(&policy, &alice(), "theme=dark"), "theme=dark; Secure; SameSite=Lax");
    assert_eq!(
        set(&policy, &alice(), "sessionid=\"\"; Max-Age=0; Path=/"),
        "sessionid=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"
    );
    let off = CookieRepair { secure: false, http_only: false, same_site: None, host_only: false, host_prefix: false };
    let bare = CookiePolicy { repair: off, ..self::policy(&keys) };
    assert_eq!(attributes(&bare, "sessionid=1; Domain=example.com"), all("sessionid", "Domain=example.com"));
    let prefix = CookiePolicy { repair: CookieRepair { host_prefix: true, ..off }, ..self::policy(&keys) };
    assert_eq!(attributes(&prefix, "sessionid=1; Domain=b; Path=/x"), all("__Host-sessionid", "Path=/; Secure"));
    let value = sealed(&prefix, &alice(), "sessionid", "new");
    let old = sealed(&policy, &alice(), "sessionid", "old");
    for (cookie, left) in [
        (format!("__Host-sessionid={value}; sessionid={old}"), "sessionid=new"),
        (format!("sessionid={old}; __Host-sessionid={value}"), "sessionid=new"),
        (format!("sessionid={old}"), "sessionid=old"),
        ("__Host-sessionid=tossed".into(), ""),
    ] {
        assert_eq!(opened(&prefix, &alice(), &cookie).unwrap().0, left, "{cookie}");
    }
}

#[test]
fn no_shared_cache_keeps_a_sealed_answer() {
    let policy = policy(&keys());
    let cached = |cookie: &str, control: &str| {
        let mut headers = field("set-cookie", cookie);
        if !control.is_empty() {
            headers.insert("cache-control", HeaderValue::from_str(control).unwrap());
        }
        policy.seal(&mut headers, &mut Opened::default(), &alice(), NOW);
        headers.get("cache-control").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    assert_eq!(cached("sessionid=1", ""), "private");
    assert_eq!(cached("sessionid=1", "public, max-age=60, S-MaxAge=9"), "max-age=60, private");
    assert_eq!(cached("sessionid=1", "no-store"), "no-store");
    assert_eq!(cached("theme=1", "public"), "public");
    let mut request = field("cookie", "sessionid=tossed");
    let mut opened = policy.open(&mut request, &alice(), NOW).unwrap();
    let mut headers = field("vary", "Accept, Cookie");
    policy.seal(&mut headers, &mut opened, &alice(), NOW);
    assert_eq!(headers["cache-control"], "private");
}

#[test]
fn nothing_secret_is_shown() {
    let shown = format!("{:?}", policy(&keys()));
    assert!(shown.contains("CookieRing { keys: 1, .. }"), "{shown}");
}

proptest! {
    #[test]
    fn what_goes_out_comes_back(value in "[!#-+\\--:<-\\[\\]-~]{1,200}", name in "(sessionid|csrftoken)") {
        let policy = policy(&keys());
        let sealed = sealed(&policy, &alice(), &name, &value);
        let (left, _) = opened(&policy, &alice(), &format!("x=1; {name}={sealed}")).unwrap();
        prop_assert_eq!(left, format!("x=1; {}={}", name, value));
    }

    #[test]
    fn a_changed_character_opens_nothing(at in 0_usize..93, to in "[A-Za-z0-9_.-]") {
        let policy = policy(&keys());
        let mut value = sealed(&policy, &alice(), "sessionid", "0123456789abcdef0123456789abcdef");
        prop_assert_eq!(value.len(), 93);
        prop_assume!(value.get(at..=at) != Some(to.as_str()));
        value.replace_range(at..=at, &to);
        let (left, outcomes) = opened(&policy, &alice(), &format!("sessionid={value}")).unwrap();
        prop_assert!(left.is_empty() && outcomes != ["opened"], "{} {:?}", left, outcomes);
    }
}

use super::*;

const NOW: UnixTime = UnixTime(1_800_000_000);

#[test]
fn what_is_written_is_read_again() {
    for algorithm in [Algorithm::Hs256, Algorithm::Es256] {
        let set = KeySet::generate(algorithm, NOW).unwrap().rotated(NOW).unwrap();
        let text = set.reveal();
        let again = KeySet::read(algorithm, text.as_bytes()).unwrap();
        assert_eq!(again.reveal(), text);
        assert_eq!((again.keys().len(), again.signs()), (2, true));
        let public = set.public_jwks();
        assert_eq!(public.is_some(), algorithm == Algorithm::Es256);
        if let Some(public) = public {
            assert!(!public.contains("\"d\""), "{public}");
            let public = KeySet::read(algorithm, public.as_bytes()).unwrap();
            assert!(!public.signs());
            assert_eq!(public.keys()[1].kid(), set.keys()[1].kid());
        }
    }
}

#[test]
fn secrets_are_shown_nowhere() {
    let set = KeySet::generate(Algorithm::Hs256, NOW).unwrap();
    let text = set.reveal();
    let secret = text.split("\"k\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(secret.len(), 43);
    assert!(!format!("{set:?}").contains(secret));
    for broken in [text.replace("\"use\"", "\"usage\""), text.replace("\"oct\"", "\"EC\""), text.replace("]}", "")] {
        let error = KeySet::read(Algorithm::Hs256, broken.as_bytes()).unwrap_err().to_string();
        assert!(!error.contains(secret), "{error}");
    }
}

#[test]
fn the_thumbprint_of_rfc_7638() {
    // Of the P-256 key of RFC 7517 appendix A.1, as `step crypto jwk thumbprint` would have it.
    let text = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","alg":"ES256","use":"sig","use_from":0,
        "kid":"cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"}]}"#;
    let set = KeySet::read(Algorithm::Es256, text.as_bytes()).unwrap();
    assert!(!set.signs());
}

#[test]
fn what_is_refused() {
    let text = KeySet::generate(Algorithm::Hs256, NOW).unwrap().reveal();
    let curve = KeySet::generate(Algorithm::Es256, NOW).unwrap().reveal();
    let other = KeySet::generate(Algorithm::Es256, NOW).unwrap().reveal();
    let member = |text: &str, name: &str| {
        let value = text.split(&format!("\"{name}\":\"")).nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    };
    let line = text.lines().nth(1).unwrap();
    for (algorithm, text, why) in [
        (Algorithm::Hs256, String::new(), "it ends in the middle"),
        (Algorithm::Hs256, text.lines().next().unwrap().into(), "it ends in the middle"),
        (Algorithm::Hs256, "{\"keys\":[]}".into(), "there is no key"),
        (Algorithm::Hs256, "[]".into(), "expected {\"keys\""),
        (Algorithm::Hs256, text.replace("\"use_from\"", "\"kid\":\"x\",\"use_from\""), "expected {\"keys\""),
        (Algorithm::Hs256, text.replace("\"use_from\"", "\"exp\":1,\"use_from\""), "expected {\"keys\""),
        (Algorithm::Hs256, text.replace(&member(&text, "k"), "c2hvcnQ"), "k has 5 bytes, expected 32"),
        (Algorithm::Hs256, text.replace(&member(&text, "kid"), "mine"), "thumbprint"),
        (Algorithm::Hs256, text.replace("HS256", "HS512"), "alg is \"HS512\", expected \"HS256\""),
        (Algorithm::Hs256, text.replace("\"sig\"", "\"enc\""), "use is \"enc\""),
        (Algorithm::Hs256, text.replace(line, &format!("{line},{line}")), "twice"),
        (Algorithm::Hs256, curve.clone(), "kty is \"EC\", expected \"oct\""),
        (Algorithm::Es256, text.clone(), "kty is \"oct\", expected \"EC\""),
        (Algorithm::Es256, curve.replace(&member(&curve, "d"), &member(&other, "d")), "d is not the private key"),
        (Algorithm::Es256, curve.replace(&member(&curve, "x"), &member(&curve, "y")), "key 1 cannot be used"),
        (Algorithm::Es256, curve.replace("P-256", "P-384"), "expected \"P-256\""),
    ] {
        let error = KeySet::read(algorithm, text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}, expected {why}");
    }
}

#[test]
fn a_new_key_waits_and_an_old_one_stays_for_a_while() {
    let first = KeySet::generate(Algorithm::Hs256, NOW).unwrap();
    let set = first.rotated(NOW).unwrap();
    let [old, new] = [set.keys()[0].kid().to_owned(), set.keys()[1].kid().to_owned()];
    let at = |secs| UnixTime(NOW.0 + secs);
    let signer = |now| set.signer(now).unwrap().kid().to_owned();
    assert_eq!((signer(at(-1)), signer(at(0)), signer(at(599)), signer(at(600))), (old.clone(), old.clone(), old, new));
    assert_eq!((set.next_change(at(0)), set.next_change(at(600))), (at(600), UnixTime(i64::MAX)));
    let states = |now| [0, 1].map(|n| set.state(&set.keys()[n], now));
    assert_eq!(states(at(0)), [KeyState::Current, KeyState::Next]);
    assert_eq!(states(at(700)), [KeyState::Old(at(600)), KeyState::Current]);
    assert_eq!(set.rotated(at(720)).unwrap().keys().len(), 3);
    assert_eq!(set.rotated(at(721)).unwrap().keys().len(), 2);
}

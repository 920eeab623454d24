//! Django's token check: what it accepts bears the cookie's secret and comes from the own origin, by a reading
//! of this file's own; what it says of a refusal holds no secret.

use std::borrow::Cow;

use countersign_core::django::{self, Answer, Marks, Meta, Settings};

/// The fields of a request, one a line.
struct Fields<'d>([&'d str; 4]);

impl Meta for Fields<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let place = ["HTTP_HOST", "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_X_CSRFTOKEN"].iter().position(|&n| n == name)?;
        // A minus is a field that is not there.
        self.0.get(place).filter(|value| **value != "-").map(|value| Cow::Borrowed(*value))
    }
}

/// The input: host, origin, referer, header token, `Cookie`, form token, one a line.
pub fn django(data: &[u8]) {
    let text: String = data.iter().copied().map(char::from).collect();
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or("-");
    let fields = Fields([next(), next(), next(), next()]);
    let (cookie, form) = (next(), next());
    let stored = django::cookie(cookie, "csrftoken");
    let settings = Settings { allowed_hosts: vec!["*".into()], ..Settings::default() };
    let ask = |method| {
        let request = django::Request {
            method,
            https: true,
            meta: &fields,
            stored: stored.as_deref(),
            form,
            marks: Marks::default(),
        };
        django::check(&settings, &request)
    };
    assert_eq!(ask("GET"), Answer::Accept);
    match ask("POST") {
        Answer::Accept => {
            if let Some(origin) = fields.get("HTTP_ORIGIN") {
                assert_eq!(origin, format!("https://{}", fields.get("HTTP_HOST").unwrap_or_default()));
            }
            let token = if form.is_empty() { fields.get("HTTP_X_CSRFTOKEN") } else { Some(form.into()) };
            let (token, secret) = (secret(&token.unwrap_or_default()), secret(stored.as_deref().unwrap_or_default()));
            assert!(token.is_some() && token == secret);
        }
        Answer::Reject(rejection) => {
            let said = rejection.to_string();
            let [host, origin, referer, header] = fields.0;
            let shown = [host, origin, referer].concat();
            // A "secret" of several words may be words of the sentence itself.
            let tells = |secret: &str| secret.len() >= 32 && !secret.contains(' ') && said.contains(secret);
            let repeats = |secret: &str| tells(secret) && !shown.contains(secret);
            assert!(!repeats(form) && !stored.as_deref().is_some_and(repeats) && !repeats(header));
        }
        Answer::Skip | Answer::Error => unreachable!("nothing is exempt, no session holds a secret"),
    }
    // Only POST has a form.
    if let Answer::Accept = ask("PUT") {
        assert!(fields.get("HTTP_X_CSRFTOKEN").is_some());
    }
}

/// The places of a secret in the alphabet, without its mask.
fn secret(text: &str) -> Option<Vec<u8>> {
    let place = |c: char| match c {
        'a'..='z' => Some(c as u8 - b'a'),
        'A'..='Z' => Some(c as u8 - b'A' + 26),
        '0'..='9' => Some(c as u8 - b'0' + 52),
        _ => None,
    };
    let places: Vec<u8> = text.chars().map(place).collect::<Option<_>>()?;
    match places.len() {
        32 => Some(places),
        64 => {
            let (mask, cipher) = places.split_at(32);
            Some(mask.iter().zip(cipher).map(|(mask, cipher)| (cipher + 62 - mask) % 62).collect())
        }
        _ => None,
    }
}

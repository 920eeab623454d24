//! Who answered: the layer behind a refusal, told by its own words.
//!
//! A layer is named only by what it says about itself: an alert of TLS, `Countersign-Reason`, Django's
//! sentence, the page of a proxy that is known. Everything else is the application's.

use std::fmt;

use serde::Serialize;

use crate::answer::Answer;

/// What stopped an attack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "layer", content = "says")]
pub enum Layer {
    /// The handshake, in the words of its alert.
    Tls(String),
    /// A proxy, by name, with its words.
    Proxy(String),
    /// countersign, with its reason code.
    Countersign(String),
    /// Django, with its reason text.
    Django(String),
    /// The app server before Django.
    Server(String),
    /// The application, with what it answered.
    Application(String),
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls(says) => write!(f, "TLS: {says}"),
            Self::Proxy(says) => write!(f, "the proxy: {says}"),
            Self::Countersign(code) => write!(f, "countersign: {code}"),
            Self::Django(says) => write!(f, "Django: {says}"),
            Self::Server(says) => write!(f, "the app server: {says}"),
            Self::Application(says) => write!(f, "the application: {says}"),
        }
    }
}

impl Layer {
    /// A word, for tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tls(_) => "TLS",
            Self::Proxy(_) => "proxy",
            Self::Countersign(_) => "countersign",
            Self::Django(_) => "Django",
            Self::Server(_) => "app server",
            Self::Application(_) => "application",
        }
    }

    /// Who gave this answer, if it is a refusal.
    pub(crate) fn behind(answer: &Answer) -> Self {
        let status = answer.status;
        if let Some(code) = answer.field("countersign-reason") {
            return Self::Countersign(code.into());
        }
        let text = answer.text();
        if text.contains("CSRF verification failed") {
            return Self::Django(django_reason(&text).unwrap_or_else(|| "CSRF verification failed".into()));
        }
        if let Some(detail) = between(&text, "CSRF Failed: ", "\"") {
            return Self::Django(format!("CSRF Failed: {detail}"));
        }
        if status == 400 && text.contains("<h1>Bad Request (400)</h1>") {
            return Self::Django("Bad Request (400), as for a Host that is not in ALLOWED_HOSTS".into());
        }
        // Many pages say their status themselves, in the title and in the heading.
        let excerpt = answer.excerpt();
        let says = if excerpt.starts_with(&status.to_string()) { excerpt } else { format!("{status} {excerpt}") };
        let server = answer.field("server").unwrap_or_default().to_ascii_lowercase();
        let proxy = [
            text.contains("<hr><center>nginx"),
            text.contains("<html><body><h1>") && text.contains("</body></html>") && server.is_empty(),
            text.contains("<address>Apache"),
            server == "envoy"
                && (answer.body.is_empty()
                    || text == "Invalid origin"
                    || text.starts_with("RBAC:")
                    || text.starts_with("upstream")),
            server == "caddy" && answer.body.is_empty(),
            status == 421,
        ];
        if proxy.contains(&true) {
            return Self::Proxy(says.trim().into());
        }
        if text.contains("<title>Bad Request</title>") || text == "Invalid HTTP request received." {
            return Self::Server(says);
        }
        Self::Application(if answer.is_redirect() { format!("{status} to {}", answer.location()) } else { says })
    }
}

/// With DEBUG on, the page says why.
fn django_reason(page: &str) -> Option<String> {
    let reason = between(page.split_once("Reason given for failure:")?.1, "<pre>", "</pre>")?;
    Some(reason.trim().replace("&#x27;", "'").replace("&quot;", "\"").replace("&amp;", "&"))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

/// Whether two answers are the same answer, but for what is new in each: numbers, tokens, dates.
pub(crate) fn alike(one: &Answer, other: &Answer) -> bool {
    if one.status != other.status {
        return false;
    }
    if one.is_redirect() || other.is_redirect() {
        return path_of(one.location()) == path_of(other.location());
    }
    similarity(one, other) >= 0.9
}

fn path_of(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default()
}

/// The part of words that two bodies share, 0 to 1.
pub(crate) fn similarity(one: &Answer, other: &Answer) -> f64 {
    let (mut one, mut other) = (words(one), words(other));
    if one.is_empty() && other.is_empty() {
        return 1.0;
    }
    one.sort_unstable();
    other.sort_unstable();
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    let mut shared = 0_u32;
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => {
                shared += 1;
                left.next();
                right.next();
            }
        }
    }
    let all = one.len() + other.len() - usize::try_from(shared).unwrap_or(0);
    f64::from(shared) / f64::from(u32::try_from(all).unwrap_or(u32::MAX))
}

fn words(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let changing = |word: &&str| word.len() < 24 && !word.bytes().any(|byte| byte.is_ascii_digit());
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .filter(changing)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(status: u16, body: &str) -> Answer {
        Answer { status, body: body.as_bytes().into(), ..Answer::default() }
    }

    #[test]
    fn each_layer_is_known_by_its_words() {
        let mut ours = page(403, "{}");
        ours.fields.push(("Countersign-Reason".into(), "origin-mismatch".into()));
        assert_eq!(Layer::behind(&ours).to_string(), "countersign: origin-mismatch");
        let django = "<h1>Forbidden</h1><p>CSRF verification failed. Request aborted.</p> \
                      Reason given for failure:</p> <pre> Origin checking failed - https://a does not match any trusted origins.\n</pre>";
        assert_eq!(
            Layer::behind(&page(403, django)).to_string(),
            "Django: Origin checking failed - https://a does not match any trusted origins."
        );
        let drf = page(403, r#"{"detail":"CSRF Failed: CSRF cookie not set."}"#);
        assert_eq!(Layer::behind(&drf).to_string(), "Django: CSRF Failed: CSRF cookie not set.");
        let nginx = page(
            400,
            "<html><head><title>400 No required SSL certificate was sent</title></head><body><center><h1>400 Bad Request</h1></center><hr><center>nginx</center></body></html>",
        );
        assert_eq!(Layer::behind(&nginx).name(), "proxy");
        assert_eq!(Layer::behind(&page(403, "no")).to_string(), "the application: 403 no");
    }

    #[test]
    fn alike_means_the_same_words() {
        let one = page(200, "Hello alice, your token is abcdef0123456789");
        assert!(alike(&one, &page(200, "Hello alice, your token is 99cdef0123456700")));
        assert!(!alike(&one, &page(403, "Hello alice, your token is 99cdef0123456700")));
        assert!(!alike(&one, &page(200, "Please sign in")));
        let to = |location: &str| Answer { fields: vec![("Location".into(), location.into())], ..page(302, "") };
        assert!(alike(&to("/a?x=1"), &to("/a?x=2")));
        assert!(!alike(&to("/"), &to("/login/?next=/")));
    }
}

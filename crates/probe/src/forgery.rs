//! A write that somebody else's page sends, and whether it came through.

use crate::{
    answer::Answer,
    case::Outcome,
    client::Exchange,
    cookies,
    evidence::{Layer, alike},
    probe::{AGENT, FORM, Probe, canary, encode},
    request::Request,
};

/// The site of the attacker. `.example` belongs to nobody (RFC 2606).
pub(crate) const ATTACKER: &str = "attacker.example";
/// Its origin.
pub(crate) const ATTACKER_ORIGIN: &str = "https://attacker.example";

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Form,
    Multipart,
    /// A form with `enctype=text/plain`: JSON that hides its equals sign in a name.
    Text,
    /// A `Blob` without a type.
    Untyped,
}

/// Which of the victim's cookies come along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// Those that a browser attaches to another site's request: `SameSite=None`, and what was given.
    CrossSite,
    /// All, as from a sibling site, or by a client that knows no SameSite.
    All,
    None,
    These(String),
}

/// A forged write. It begins as the plainest: another site's form, without a token.
#[derive(Clone, Debug)]
pub(crate) struct Forgery {
    pub(crate) path: String,
    pub(crate) method: String,
    fields: Vec<(String, String)>,
    pub(crate) encoding: Encoding,
    cookies: Carried,
    token: Option<String>,
    pub(crate) canary: String,
    in_query: Option<String>,
}

impl Forgery {
    pub(crate) fn new(probe: &Probe<'_>) -> Self {
        let fields = [
            ("User-Agent", AGENT),
            ("Accept", "text/html, */*;q=0.8"),
            ("Origin", ATTACKER_ORIGIN),
            ("Referer", "https://attacker.example/"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "iframe"),
        ];
        Self {
            path: probe.endpoint.clone(),
            method: probe.site.method.clone(),
            fields: fields.map(|(name, value)| (name.into(), value.into())).into(),
            encoding: Encoding::Form,
            cookies: Carried::CrossSite,
            token: None,
            canary: canary(),
            in_query: None,
        }
    }

    /// As an old browser's, which sends a `Referer` and nothing else that tells: with the victim's cookies.
    pub(crate) fn by_referer(probe: &Probe<'_>, referer: impl Into<String>) -> Self {
        Self::new(probe).no_origin().no_fetch_metadata().set("Referer", referer).cookies(Carried::All)
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.fields.push((name.into(), value.into()));
        self
    }

    pub(crate) fn add(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    pub(crate) fn origin(self, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        self.set("Referer", format!("{origin}/")).set("Origin", origin)
    }

    /// Without these, as older browsers and plain http leave them out.
    pub(crate) fn no_fetch_metadata(mut self) -> Self {
        self.fields.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("sec-fetch-"));
        self
    }

    pub(crate) fn fetch_site(self, site: &str) -> Self {
        self.set("Sec-Fetch-Site", site)
    }

    pub(crate) fn no_origin(mut self) -> Self {
        self.fields.retain(|(name, _)| !name.eq_ignore_ascii_case("origin"));
        self
    }

    pub(crate) fn no_referer(mut self) -> Self {
        self.fields.retain(|(name, _)| !name.eq_ignore_ascii_case("referer"));
        self
    }

    pub(crate) fn encoded(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    pub(crate) fn cookies(mut self, cookies: Carried) -> Self {
        self.cookies = cookies;
        self
    }

    /// In the form and in the header, wherever the app looks.
    pub(crate) fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    pub(crate) fn to(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub(crate) fn by_method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    /// A GET with the fields, and this, in its query.
    pub(crate) fn by_get(mut self, more: &str) -> Self {
        self.in_query = Some(more.into());
        self.method = "GET".into();
        self
    }

    pub(crate) fn request(&self, probe: &Probe<'_>) -> Request {
        let target = probe.client.target;
        let mut request = Request::new(&self.method, &self.path, &target.authority());
        request.fields.clone_from(&self.fields);
        let carried = match &self.cookies {
            Carried::CrossSite => cookies::line(&cross_site(probe)),
            Carried::All => probe.jar.borrow().line(),
            Carried::None => None,
            Carried::These(line) => Some(line.clone()),
        };
        if let Some(line) = carried {
            request.fields.push(("Cookie".into(), line));
        }
        let mut fields = probe.fields(&self.canary);
        if let Some(token) = &self.token {
            request.fields.push((probe.site.csrf_header.clone(), token.clone()));
            fields.push((probe.site.csrf_field.clone(), token.clone()));
        }
        if let Some(more) = &self.in_query {
            let separator = if self.path.contains('?') { '&' } else { '?' };
            let more = if more.is_empty() { String::new() } else { format!("&{more}") };
            request.path = format!("{}{separator}{}{more}", self.path, encode(&fields));
            return request;
        }
        let json = probe.json(&self.canary).unwrap_or_else(|| object(&fields));
        match self.encoding {
            Encoding::Form => request.body(Some(FORM), encode(&fields)),
            Encoding::Multipart => {
                request.body(Some("multipart/form-data; boundary=----countersignprobe"), multipart(&fields))
            }
            Encoding::Text => {
                // `{"a":"b","x":"` is the name, `"}` the value: the equals sign between them is in a string.
                let text =
                    format!("{},\"countersign\":\"=\"}}\r\n", json.trim_end().strip_suffix('}').unwrap_or(&json));
                request.body(Some("text/plain"), text)
            }
            Encoding::Untyped => request.body(None, json),
        }
    }

    /// Sends it, and tells what came of it.
    pub(crate) fn run(&self, probe: &Probe<'_>) -> Outcome {
        let exchange = probe.client.send(self.request(probe));
        judge(probe, &exchange, Some(&self.canary))
    }
}

fn cross_site(probe: &Probe<'_>) -> Vec<(String, String)> {
    let jar = probe.jar.borrow();
    let none = |name: &str| {
        let latest = jar.set.iter().rev().find(|cookie| cookie.name == name);
        latest.is_none_or(|cookie| cookie.attribute("samesite").is_some_and(|site| site.eq_ignore_ascii_case("none")))
    };
    jar.all().iter().filter(|(name, _)| none(name)).cloned().collect()
}

fn object(fields: &[(String, String)]) -> String {
    let members = fields.iter().map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())));
    serde_json::Value::Object(members.collect()).to_string()
}

fn multipart(fields: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        text.push_str(&format!(
            "------countersignprobe\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    text.push_str("------countersignprobe--\r\n");
    text
}

/// Whether a write came through: what was stored decides and, where nothing can be read again, the answer
/// beside that of the honest write.
pub(crate) fn judge(probe: &Probe<'_>, exchange: &Exchange, canary: Option<&str>) -> Outcome {
    let replay = probe.client.replay(&exchange.request);
    let Some(honest) = probe.honest() else { return Outcome::not_tested("an honest write") };
    if let Some(canary) = canary.filter(|_| probe.reads_back()) {
        let stored = match probe.was_stored(canary) {
            Ok(stored) => stored,
            Err(why) => return Outcome::inconclusive(why, Some(replay)),
        };
        if stored {
            let status = exchange.result.as_ref().map_or_else(ToString::to_string, |answer| answer.status.to_string());
            let evidence = format!("what it wrote was stored: {canary:?} can be read again (answer: {status})");
            return Outcome::vulnerable(evidence, replay);
        }
        return match &exchange.result {
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
            Ok(answer) if answer.status < 400 && alike(answer, honest) => {
                let why = format!("{} as for the honest write, but nothing was stored", answer.status);
                Outcome::inconclusive(why, Some(replay))
            }
            Ok(answer) => Outcome::held(Layer::behind(answer), replay),
        };
    }
    match &exchange.result {
        Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
        Ok(answer) => compare(answer, honest, replay),
    }
}

fn compare(answer: &Answer, honest: &Answer, replay: String) -> Outcome {
    if alike(answer, honest) {
        let evidence = format!("it was answered as the honest write was: {} {}", answer.status, answer.excerpt());
        return Outcome::vulnerable(evidence.trim_end().to_owned(), replay);
    }
    if answer.status >= 400 || answer.is_redirect() {
        return Outcome::held(Layer::behind(answer), replay);
    }
    let why = format!(
        "the answer ({} {}) is neither a refusal nor that of the honest write ({}): tell --read-back and --unsafe-methods, so that what is stored decides",
        answer.status,
        answer.excerpt(),
        honest.status
    );
    Outcome::inconclusive(why, Some(replay))
}

pub(crate) fn refused(layer: Option<Layer>, says: &str, replay: String) -> Outcome {
    match layer {
        Some(layer) => Outcome::held(layer, replay),
        None => Outcome::inconclusive(format!("the site could not be asked: {says}"), Some(replay)),
    }
}

/// Sends these, until one comes through.
pub(crate) fn any(probe: &Probe<'_>, forgeries: impl IntoIterator<Item = Forgery>) -> Outcome {
    let mut outcomes = Vec::new();
    for forgery in forgeries {
        let outcome = forgery.run(probe);
        let through = matches!(outcome.verdict, crate::case::Verdict::Vulnerable { .. });
        outcomes.push(outcome);
        if through {
            break;
        }
    }
    Outcome::worst(outcomes)
}

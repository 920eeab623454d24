//! A run at one site: what works there honestly, and what attacks are compared with.
//!
//! **Invariant**: no case runs before the honest request that it is measured by has worked. A run whose
//! baseline fails is an error, never a report without findings.

use std::cell::{OnceCell, RefCell};

use crate::{
    answer::Answer,
    browser::{Browser, BrowserError, BrowserSetup},
    client::{Client, Exchange, Failure},
    cookies::Jar,
    credentials::Certificates,
    evidence::Layer,
    form,
    request::{Body, Request, Who},
    target::Site,
};

pub(crate) const AGENT: &str = concat!("countersign-probe/", env!("CARGO_PKG_VERSION"));

/// A baseline that does not work: what was sent, what came, what to say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {came}")]
pub struct BaselineError {
    /// The honest request.
    pub what: String,
    /// What came of it.
    pub came: String,
    /// What to tell the probe, or to look at.
    pub hint: String,
    /// The request, for a shell.
    pub replay: String,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Probe<'a> {
    pub(crate) client: Client<'a>,
    pub(crate) site: &'a Site,
    pub(crate) certificates: &'a Certificates,
    /// What takes a write: named, or found on the page.
    pub(crate) endpoint: String,
    pub(crate) jar: RefCell<Jar>,
    token: RefCell<Option<String>>,
    /// The page, as the victim sees it.
    pub(crate) page: Answer,
    /// Who the victim is shown to be.
    pub(crate) whoami: Answer,
    /// The same page without a certificate.
    pub(crate) nobody: Result<Answer, Failure>,
    /// What the honest write is answered with.
    honest: OnceCell<Answer>,
    /// What a browser is given, if there is to be one.
    pub(crate) browser_setup: Option<&'a BrowserSetup>,
    /// It, once a case asked for it.
    pub(crate) browser: RefCell<Option<Result<Browser, BrowserError>>>,
}

impl<'a> Probe<'a> {
    /// Opens the page, signs in if the site has a login, and looks at who that makes.
    pub(crate) fn begin(
        client: Client<'a>,
        site: &'a Site,
        certificates: &'a Certificates,
        browser_setup: Option<&'a BrowserSetup>,
    ) -> Result<Self, BaselineError> {
        let mut probe = Self {
            client,
            site,
            certificates,
            endpoint: site.endpoint.clone().unwrap_or_default(),
            jar: RefCell::new(Jar::of(&site.cookies)),
            token: RefCell::new(None),
            page: Answer::default(),
            whoami: Answer::default(),
            nobody: Err(Failure::Closed),
            honest: OnceCell::new(),
            browser_setup,
            browser: RefCell::new(None),
        };
        probe.page = probe.open(&site.page, "the page", "name one with --page that the certificate may see")?;
        if let Some(login) = &site.login {
            probe.sign_in(login)?;
            probe.page = probe.open(&site.page, "the page, signed in", "name another with --page")?;
        }
        if site.endpoint.is_none() {
            let found = form::action(&probe.page.text(), &site.page, &probe.client.target.origin());
            probe.endpoint = found.unwrap_or_else(|| site.page.clone());
        }
        probe.whoami = if site.whoami == site.page {
            probe.page.clone()
        } else {
            probe.open(&site.whoami, "the page that shows who is signed in", "name it with --whoami")?
        };
        probe.nobody = probe.client.send(probe.bare(&site.whoami).by(Who::Nobody)).result;
        Ok(probe)
    }

    fn open(&self, path: &str, what: &str, hint: &str) -> Result<Answer, BaselineError> {
        let exchange = self.client.send(self.browse(path));
        match exchange.result {
            Ok(answer) if answer.is_success() => {
                self.jar.borrow_mut().learn(&answer, path);
                self.learn_token(&answer);
                Ok(answer)
            }
            Ok(answer) if answer.is_redirect() => {
                let came = format!("it leads to {:?} ({})", answer.location(), answer.status);
                let hint = "if that is a login, say --login PATH and its --login-field NAME=VALUE, or --cookie NAME=VALUE of a session";
                Err(self.failed(what, came, hint, &exchange.request))
            }
            Ok(ref answer) => {
                let came = format!("{} ({})", answer.status, Layer::behind(answer));
                Err(self.failed(what, came, hint, &exchange.request))
            }
            Err(ref failure) => {
                let hint = match failure {
                    Failure::Tls(says)
                        if says.contains("UnknownIssuer") || says.contains("invalid peer certificate") =>
                    {
                        "the site's own certificate was not accepted: name its CA with --cacert, or say --insecure"
                    }
                    Failure::Tls(_) => "is --cert a certificate that the site trusts?",
                    _ => "is the site running, and is this its address?",
                };
                Err(self.failed(what, failure.to_string(), hint, &exchange.request))
            }
        }
    }

    fn failed(&self, what: &str, came: String, hint: &str, request: &Request) -> BaselineError {
        BaselineError {
            what: format!("{what} ({} {}) did not answer an honest request", request.method, request.path),
            came,
            hint: hint.into(),
            replay: self.client.replay(request),
        }
    }

    /// The token: of the page's form, else the cookie's own value, which Django takes as well. A page that has
    /// neither leaves the one of the page before: a cookie that was sealed is no token for a form.
    fn learn_token(&self, page: &Answer) {
        let text = page.text();
        let form = text
            .split_once(&format!("name=\"{}\"", self.site.csrf_field))
            .and_then(|(_, rest)| rest.split_once("value=\""))
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(token, _)| token.to_owned());
        let start = format!("{}=", self.site.csrf_cookie);
        let renewed = self.token().is_none() || page.all("set-cookie").any(|field| field.starts_with(&start));
        let cookie = || self.jar.borrow().get(&self.site.csrf_cookie).filter(|_| renewed).map(str::to_owned);
        if let Some(token) = form.or_else(cookie) {
            *self.token.borrow_mut() = Some(token);
        }
    }

    /// The token of the page that showed one last.
    pub(crate) fn token(&self) -> Option<String> {
        self.token.borrow().clone()
    }

    fn sign_in(&self, login: &str) -> Result<(), BaselineError> {
        let form = self.client.send(self.browse(login));
        if let Ok(answer) = &form.result {
            self.jar.borrow_mut().learn(answer, login);
            self.learn_token(answer);
        }
        let exchange = self.client.send(self.honest_login(login));
        match &exchange.result {
            Ok(answer) if answer.status < 400 => {
                self.jar.borrow_mut().learn(answer, login);
                Ok(())
            }
            Ok(answer) => {
                let came = format!("{} ({})", answer.status, Layer::behind(answer));
                Err(self.failed("the login", came, "check --login and its --login-field NAME=VALUE", &exchange.request))
            }
            Err(failure) => Err(self.failed("the login", failure.to_string(), "check --login", &exchange.request)),
        }
    }

    pub(crate) fn honest_login(&self, login: &str) -> Request {
        let mut fields = self.site.login_fields.clone();
        if let Some(token) = self.token() {
            fields.push((self.site.csrf_field.clone(), token));
        }
        self.same_origin("POST", login).body(Some(FORM), encode(&fields))
    }

    /// Without cookies, as a new visitor's.
    pub(crate) fn bare(&self, path: &str) -> Request {
        let host = self.client.target.authority();
        Request::new("GET", path, &host)
            .with("User-Agent", AGENT)
            .with("Accept", "text/html, application/json;q=0.9, */*;q=0.8")
    }

    /// As a browser opens an address that its user typed.
    pub(crate) fn browse(&self, path: &str) -> Request {
        let request = self
            .bare(path)
            .with("Sec-Fetch-Site", "none")
            .with("Sec-Fetch-Mode", "navigate")
            .with("Sec-Fetch-Dest", "document");
        match self.jar.borrow().line() {
            Some(cookies) => request.with("Cookie", cookies),
            None => request,
        }
    }

    /// As a page of the site itself sends it.
    pub(crate) fn same_origin(&self, method: &str, path: &str) -> Request {
        let target = self.client.target;
        let mut request = self
            .bare(path)
            .with("Origin", target.origin())
            .with("Referer", target.url(&self.site.page))
            .with("Sec-Fetch-Site", "same-origin")
            .with("Sec-Fetch-Mode", "cors")
            .with("Sec-Fetch-Dest", "empty");
        request.method = method.into();
        match self.jar.borrow().line() {
            Some(cookies) => request.with("Cookie", cookies),
            None => request,
        }
    }

    /// The honest write, by its own kind of body.
    pub(crate) fn honest_write(&self, canary: &str) -> Request {
        let mut request = self.same_origin(&self.site.method, &self.endpoint);
        let mut fields = self.fields(canary);
        if let Some(token) = self.token() {
            request = request.with(&self.site.csrf_header, token.clone());
            fields.push((self.site.csrf_field.clone(), token));
        }
        match self.json(canary) {
            Some(json) => request.body(Some("application/json"), json),
            None => request.body(Some(FORM), encode(&fields)),
        }
    }

    /// What is written: the site's fields or, where nothing may change, a marker that no app knows.
    pub(crate) fn fields(&self, canary: &str) -> Vec<(String, String)> {
        if !self.site.unsafe_methods {
            return vec![("countersign_probe".into(), canary.into())];
        }
        let filled = self.site.fields.iter().map(|(name, value)| (name.clone(), value.replace("{canary}", canary)));
        filled.collect()
    }

    /// The JSON body, if the site takes one.
    pub(crate) fn json(&self, canary: &str) -> Option<String> {
        let json = self.site.json.as_ref()?;
        Some(if self.site.unsafe_methods {
            json.replace("{canary}", canary)
        } else {
            serde_json::json!({ "countersign_probe": canary }).to_string()
        })
    }

    /// Sends the honest write, once: what all forgeries are compared with.
    pub(crate) fn write_baseline(&self) -> Result<(), BaselineError> {
        if self.honest.get().is_some() {
            return Ok(());
        }
        let canary = canary();
        let exchange = self.client.send(self.honest_write(&canary));
        let answer = self.judge_honest(&exchange)?;
        if let Some(path) = self.read_back_path() {
            let hint = "a word of the form has to show there: check --field NAME={canary} and --read-back";
            let came = match self.was_stored(&canary) {
                Ok(true) => None,
                Ok(false) => Some(format!("{} but {path} does not show what was written", answer.status)),
                Err(why) => Some(why),
            };
            if let Some(came) = came {
                return Err(self.failed("the endpoint", came, hint, &exchange.request));
            }
        }
        let _ = self.honest.set(answer);
        Ok(())
    }

    /// Whether the page, and the honest write if there was one, still work: a site that refuses everybody
    /// proves nothing. The page is opened anew, because attacks may have ended the session.
    pub(crate) fn still_works(&self) -> Result<(), BaselineError> {
        self.open(&self.site.page, "the page, at the end of the run,", "did the site block the probe? lower --rate")?;
        if self.honest.get().is_none() {
            return Ok(());
        }
        self.judge_honest(&self.client.send(self.honest_write(&canary()))).map(drop).map_err(|error| BaselineError {
            hint: "it worked when the run began: did the site block the probe, or an attack end the session? lower --rate, or run the classes apart with --class".into(),
            ..error
        })
    }

    fn judge_honest(&self, exchange: &Exchange) -> Result<Answer, BaselineError> {
        let hint = "name what takes a write with --endpoint, --method and --field NAME=VALUE; --class identity and the like need none";
        match &exchange.result {
            Ok(answer) if !matches!(answer.status, 401 | 403 | 404 | 405 | 421 | 429 | 500..) => Ok(answer.clone()),
            Ok(answer) => {
                let came = format!("{} ({})", answer.status, Layer::behind(answer));
                Err(self.failed("the endpoint", came, hint, &exchange.request))
            }
            Err(failure) => Err(self.failed("the endpoint", failure.to_string(), hint, &exchange.request)),
        }
    }

    /// What the honest write was answered with.
    pub(crate) fn honest(&self) -> Option<&Answer> {
        self.honest.get()
    }

    fn read_back_path(&self) -> Option<&str> {
        self.site.read_back.as_deref().filter(|_| self.site.unsafe_methods)
    }

    /// Whether what is written can be read again.
    pub(crate) fn reads_back(&self) -> bool {
        self.read_back_path().is_some()
    }

    /// Whether the page that shows what was written shows this; an error where it shows nothing to judge by.
    pub(crate) fn was_stored(&self, canary: &str) -> Result<bool, String> {
        let path = self.read_back_path().ok_or("there is no --read-back")?;
        match self.client.send(self.browse(path)).result {
            Ok(answer) if answer.is_success() => Ok(answer.text().contains(canary)),
            Ok(answer) => Err(format!("{path} was answered {}, so what was stored is not known", answer.status)),
            Err(failure) => Err(format!("{path} could not be read, so what was stored is not known: {failure}")),
        }
    }
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A word that nobody else has: letters and digits, so that it survives any form.
pub(crate) fn canary() -> String {
    let mut word = String::from("probe");
    word.extend(std::iter::repeat_with(|| fastrand::alphanumeric().to_ascii_lowercase()).take(12));
    word
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn encode(fields: &[(String, String)]) -> String {
    let one = |text: &str| -> String {
        let mut encoded = String::new();
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => encoded.push(char::from(byte)),
                b' ' => encoded.push('+'),
                _ => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        encoded
    };
    fields.iter().map(|(name, value)| format!("{}={}", one(name), one(value))).collect::<Vec<_>>().join("&")
}

impl Request {
    /// With its body gone, as a request that has none.
    pub(crate) fn bodiless(mut self, method: &str) -> Self {
        self.method = method.into();
        self.body = Body::None;
        self.remove("Content-Type");
        self
    }
}

//! Settings and a request, as tests write them down and as the engine takes them.

use std::{borrow::Cow, collections::BTreeMap};

use countersign_core::django::{self, Answer, Marks, Meta, Settings, TrustedOrigins};
use serde::{Deserialize, Serialize};

/// By Django's names.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", default)]
pub(crate) struct DjangoSettings {
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) debug: bool,
    pub(crate) use_x_forwarded_host: bool,
    pub(crate) use_x_forwarded_port: bool,
    pub(crate) secure_proxy_ssl_header: Option<(String, String)>,
    pub(crate) csrf_trusted_origins: Vec<String>,
    pub(crate) csrf_cookie_domain: Option<String>,
    pub(crate) session_cookie_domain: Option<String>,
    pub(crate) csrf_cookie_name: String,
    pub(crate) csrf_header_name: String,
    pub(crate) csrf_use_sessions: bool,
}

impl Default for DjangoSettings {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            debug: false,
            use_x_forwarded_host: false,
            use_x_forwarded_port: false,
            secure_proxy_ssl_header: None,
            csrf_trusted_origins: Vec::new(),
            csrf_cookie_domain: None,
            session_cookie_domain: None,
            csrf_cookie_name: "csrftoken".into(),
            csrf_header_name: "HTTP_X_CSRFTOKEN".into(),
            csrf_use_sessions: false,
        }
    }
}

impl DjangoSettings {
    pub(crate) fn settings(&self) -> Settings {
        let of = self.clone();
        Settings {
            allowed_hosts: of.allowed_hosts,
            debug: of.debug,
            use_x_forwarded_host: of.use_x_forwarded_host,
            use_x_forwarded_port: of.use_x_forwarded_port,
            secure_proxy_ssl_header: of.secure_proxy_ssl_header,
            cookie_domain: of.csrf_cookie_domain,
            session_cookie_domain: of.session_cookie_domain,
            cookie_name: of.csrf_cookie_name,
            header_name: of.csrf_header_name,
            use_sessions: of.csrf_use_sessions,
            trusted: TrustedOrigins::parse(self.csrf_trusted_origins.iter().map(String::as_str)).unwrap(),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) https: bool,
    pub(crate) meta: BTreeMap<String, String>,
    /// The `Cookie` field.
    #[serde(default)]
    pub(crate) cookie: String,
    /// The cookie itself, where there is no field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stored: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) form: Option<String>,
    #[serde(default)]
    pub(crate) processing_done: bool,
    #[serde(default)]
    pub(crate) exempt: bool,
    #[serde(default)]
    pub(crate) dont_enforce: bool,
}

struct Fields<'r>(&'r BTreeMap<String, String>);

impl Meta for Fields<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(name).map(|value| Cow::Borrowed(value.as_str()))
    }
}

impl Request {
    /// What the engine says, in the oracle's words.
    pub(crate) fn answer(&self, settings: &Settings) -> String {
        let stored = if settings.use_sessions {
            self.session.clone()
        } else if self.stored.is_some() {
            self.stored.clone()
        } else {
            django::cookie(&self.cookie, &settings.cookie_name)
        };
        let request = django::Request {
            method: &self.method,
            https: self.https,
            meta: &Fields(&self.meta),
            stored: stored.as_deref(),
            form: self.form.as_deref().unwrap_or_default(),
            marks: Marks {
                processing_done: self.processing_done,
                exempt: self.exempt,
                dont_enforce: self.dont_enforce,
            },
        };
        match django::check(settings, &request) {
            Answer::Skip => "skip".into(),
            Answer::Accept => "accept".into(),
            Answer::Reject(rejection) => format!("reject: {rejection}"),
            Answer::Error => "error".into(),
        }
    }
}

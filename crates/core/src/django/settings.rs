//! The settings that a verdict depends on.

use super::url::Split;

/// Django's settings, by its names in lower case, and without `CSRF_` where that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `ALLOWED_HOSTS`
    pub allowed_hosts: Vec<String>,
    /// `DEBUG`: without `ALLOWED_HOSTS` the names of this machine are allowed.
    pub debug: bool,
    /// `USE_X_FORWARDED_HOST`
    pub use_x_forwarded_host: bool,
    /// `USE_X_FORWARDED_PORT`
    pub use_x_forwarded_port: bool,
    /// `SECURE_PROXY_SSL_HEADER`
    pub secure_proxy_ssl_header: Option<(String, String)>,
    /// `CSRF_COOKIE_DOMAIN`
    pub cookie_domain: Option<String>,
    /// `SESSION_COOKIE_DOMAIN`
    pub session_cookie_domain: Option<String>,
    /// `CSRF_COOKIE_NAME`
    pub cookie_name: String,
    /// `CSRF_HEADER_NAME`, a key of `META`
    pub header_name: String,
    /// `CSRF_USE_SESSIONS`
    pub use_sessions: bool,
    /// `CSRF_TRUSTED_ORIGINS`
    pub trusted: TrustedOrigins,
}

impl Settings {
    /// Of an app behind the gateway that nothing else is known of: it believes `X-Forwarded-Proto`, and
    /// the names that the gateway serves are allowed.
    #[must_use]
    pub fn behind_gateway() -> Self {
        Self {
            allowed_hosts: vec!["*".into()],
            secure_proxy_ssl_header: Some(("HTTP_X_FORWARDED_PROTO".into(), "https".into())),
            ..Self::default()
        }
    }
}

/// `CSRF_TRUSTED_ORIGINS`, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedOrigins(Vec<Trusted>);

/// An entry of `CSRF_TRUSTED_ORIGINS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trusted {
    pub(super) text: String,
    pub(super) wildcard: bool,
    pub(super) scheme: String,
    /// Without its stars in front.
    pub(super) netloc: String,
}

/// An entry of `CSRF_TRUSTED_ORIGINS` that Django itself cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no URL to Python")]
pub struct SettingsError(pub String);

impl Default for Settings {
    /// Django's defaults.
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            debug: false,
            use_x_forwarded_host: false,
            use_x_forwarded_port: false,
            secure_proxy_ssl_header: None,
            cookie_domain: None,
            session_cookie_domain: None,
            cookie_name: "csrftoken".into(),
            header_name: "HTTP_X_CSRFTOKEN".into(),
            use_sessions: false,
            trusted: TrustedOrigins::default(),
        }
    }
}

impl TrustedOrigins {
    /// Reads them.
    ///
    /// # Errors
    /// The entry that is no URL: Django answers 500 then.
    pub fn parse<'o>(origins: impl IntoIterator<Item = &'o str>) -> Result<Self, SettingsError> {
        let trusted = origins.into_iter().map(|text| {
            let split = Split::of(text).ok_or_else(|| SettingsError(text.into()))?;
            Ok(Trusted {
                text: text.into(),
                wildcard: text.contains('*'),
                netloc: split.netloc.trim_start_matches('*').into(),
                scheme: split.scheme,
            })
        });
        trusted.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Trusted> {
        self.0.iter()
    }
}

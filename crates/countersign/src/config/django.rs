//! `[site.django]`: the settings of the app that its CSRF check depends on.
//!
//! They come from `settings`, a file that `manage.py countersign settings` writes, and from keys of
//! their own, which win. What neither says is what an app behind the gateway needs anyway: it believes
//! `X-Forwarded-Proto`, its hosts are the site's, its trusted origins are the site's.
//!
//! The names of cookie and header stand in `cookies = { csrf_cookie, csrf_header }`, or in the file: what
//! both say has to agree. An app that would refuse the forms of its own pages is warned of. With `CSRF_USE_SESSIONS` the secret is in the session, which the gateway cannot
//! see: a route must not ask for the token then.

use countersign_core::{
    HostPattern, TrustedOrigin,
    django::{self, Answer, Forwarded, Marks, Rejection},
};
use serde::Deserialize;

use super::{files, section::Section};

/// The file, as django-countersign writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// 1
    format: u32,
    /// The release of Django; for people.
    #[serde(rename = "django")]
    _django: String,
    settings: Exported,
}

/// Django's settings by their names. All of them are there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
struct Exported {
    allowed_hosts: Vec<String>,
    debug: bool,
    use_x_forwarded_host: bool,
    use_x_forwarded_port: bool,
    secure_proxy_ssl_header: Option<(String, String)>,
    csrf_trusted_origins: Vec<String>,
    csrf_cookie_domain: Option<String>,
    session_cookie_domain: Option<String>,
    csrf_cookie_name: String,
    csrf_header_name: String,
    csrf_use_sessions: bool,
}

/// What was read of a site; names as they are sent.
pub(super) struct Read {
    pub(super) settings: django::Settings,
    /// The cookie and the header that the file names.
    pub(super) names: Option<(String, String)>,
}

/// None if an error was reported.
pub(super) fn read(site: &Section<'_>, trusted: &[TrustedOrigin]) -> Option<Read> {
    if site.is_bad("django") {
        return None;
    }
    let section = site.table("django");
    let mut settings = django::Settings::behind_gateway();
    let mut origins: Vec<String> = trusted.iter().map(ToString::to_string).collect();
    let mut names = None;
    if let Some(section) = &section {
        if !section.is_whole() {
            return None;
        }
        if section.field("settings").is_some() {
            let exported = file(section)?;
            names = Some(exported.names(section)?);
            origins = exported.csrf_trusted_origins;
            settings = django::Settings {
                allowed_hosts: exported.allowed_hosts,
                debug: exported.debug,
                use_x_forwarded_host: exported.use_x_forwarded_host,
                use_x_forwarded_port: exported.use_x_forwarded_port,
                secure_proxy_ssl_header: exported.secure_proxy_ssl_header,
                cookie_domain: exported.csrf_cookie_domain,
                session_cookie_domain: exported.session_cookie_domain,
                cookie_name: exported.csrf_cookie_name,
                header_name: exported.csrf_header_name,
                use_sessions: exported.csrf_use_sessions,
                ..settings
            };
        }
        own_keys(section, &mut settings);
        if section.field("trusted_origins").is_some() {
            origins = texts(section, "trusted_origins");
        }
    }
    match django::TrustedOrigins::parse(origins.iter().map(String::as_str)) {
        Ok(trusted) => settings.trusted = trusted,
        Err(error) => {
            let section = section.as_ref().unwrap_or(site);
            let field = section.field("trusted_origins").or_else(|| section.field("settings"))?;
            field.error(
                error.to_string(),
                "write origins as CSRF_TRUSTED_ORIGINS has them: \"https://partner.example\"",
            );
            return None;
        }
    }
    Some(Read { settings, names })
}

/// Warns of an app that takes no form of its own page, as its own check would: it does not know that it
/// is behind a gateway, or not by this name.
pub(super) fn foresee(site: &Section<'_>, hosts: &[HostPattern], settings: &django::Settings) {
    let Some(section) = site.table("django") else { return };
    let believing = django::Settings {
        secure_proxy_ssl_header: django::Settings::behind_gateway().secure_proxy_ssl_header,
        ..settings.clone()
    };
    for pattern in hosts {
        // Which hosts of a wildcard there are is not known.
        let host = if pattern.is_wildcard() { format!("www{}", pattern.name()) } else { pattern.name().to_owned() };
        if takes_own_form(settings, &host) {
            continue;
        }
        if settings.secure_proxy_ssl_header != believing.secure_proxy_ssl_header {
            let Some(field) = section.field("settings") else { return };
            field.warn(
                "the app does not believe X-Forwarded-Proto, so that https is http to it and its check refuses every form",
                "set SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\") in the app, and export its settings again",
            );
            return;
        }
        let field = section.field("allowed_hosts").or_else(|| section.field("settings"));
        if let Some(field) = field.filter(|_| !pattern.is_wildcard()) {
            field.warn(
                format!("ALLOWED_HOSTS does not have {host:?}, so that the app refuses its forms"),
                "add it, or remove it from the site's hosts",
            );
        }
    }
}

/// Whether Django finds nothing wrong with the `Origin` of this host's own page.
fn takes_own_form(settings: &django::Settings, host: &str) -> bool {
    let origin = format!("https://{host}").into_bytes();
    let field = |name: &str| (name == "origin").then(|| origin.clone());
    let meta = Forwarded { host, port: 443, app_port: None, field };
    let request =
        django::Request { method: "POST", https: false, meta: &meta, stored: None, form: "", marks: Marks::default() };
    !matches!(django::check(settings, &request), Answer::Reject(Rejection::BadOrigin(_)))
}

fn own_keys(section: &Section<'_>, settings: &mut django::Settings) {
    let text = |key: &str| section.field(key).map(|field| field.text().to_owned());
    if section.field("allowed_hosts").is_some() {
        settings.allowed_hosts = texts(section, "allowed_hosts");
    }
    // Django's own word for none of them is None, and "" allows nothing.
    settings.cookie_domain = text("cookie_domain").or_else(|| settings.cookie_domain.take());
    for (key, flag) in [
        ("use_x_forwarded_host", &mut settings.use_x_forwarded_host),
        ("use_x_forwarded_port", &mut settings.use_x_forwarded_port),
        ("use_sessions", &mut settings.use_sessions),
    ] {
        *flag = section.flag(key).unwrap_or(*flag);
    }
}

fn texts(section: &Section<'_>, key: &str) -> Vec<String> {
    section.items(key).iter().map(|item| item.text().to_owned()).collect()
}

fn file(section: &Section<'_>) -> Option<Exported> {
    const HELP: &str = "write it with: python manage.py countersign settings --output FILE";
    let field = section.field("settings")?;
    let path = section.cx.resolve(field.text());
    let bytes = match section.cx.files.read(&path) {
        Ok(bytes) => bytes,
        Err(fault) => {
            field.error(files::reason(&path, &fault), HELP);
            return None;
        }
    };
    match serde_json::from_slice::<File>(&bytes) {
        Ok(File { format: 1, settings, .. }) => Some(settings),
        Ok(File { format, .. }) => {
            field.error(format!("the settings in {path:?} have format {format}, and 1 is known"), HELP);
            None
        }
        Err(error) => {
            field.error(format!("the settings in {path:?} cannot be read: {error}"), HELP);
            None
        }
    }
}

impl Exported {
    /// Cookie and header, as they are sent.
    fn names(&self, section: &Section<'_>) -> Option<(String, String)> {
        let header = self.csrf_header_name.strip_prefix("HTTP_");
        let fits = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        let Some(header) = header.filter(|name| fits(name)) else {
            let field = section.field("settings")?;
            field.error(
                format!("CSRF_HEADER_NAME {:?} is no header that a client can send", self.csrf_header_name),
                "begin it with HTTP_, as in \"HTTP_X_CSRFTOKEN\"",
            );
            return None;
        };
        Some((self.csrf_cookie_name.clone(), header.to_ascii_lowercase().replace('_', "-")))
    }
}

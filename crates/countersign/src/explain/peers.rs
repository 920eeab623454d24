//! What others would say of the same request, and why they differ: Django's CsrfViewMiddleware, Go's
//! `http.CrossOriginProtection`, and Envoy's CSRF filter, each as it is without further settings but for the
//! site's trusted origins.
//!
//! Django's answer is that of the engine which `token = "django"` uses. Go's and Envoy's rules are written
//! anew here, as they were measured (Go 1.27.3, Envoy 1.40.0); `docs/peers.md` has the real Go beside every
//! vector.

mod envoy;
mod go;
mod why;

use countersign_core::{Basis, Host, Refusal, Site, django};

use super::Asked;

/// What another one says.
pub(super) struct Opinion {
    pub(super) name: &'static str,
    pub(super) permits: bool,
    /// In its own words, or what it rests on.
    pub(super) says: String,
    /// Why ours is another answer; none: it is the same.
    pub(super) differs: Option<&'static str>,
}

/// The request as they look at it.
pub(super) struct Seen<'a> {
    method: &'a str,
    host: &'a str,
    /// The first of each field.
    origin: Option<&'a str>,
    referer: Option<&'a str>,
    fetch_site: Option<&'a str>,
    /// As they stand in a configuration.
    trusted: &'a [String],
}

/// The answers of all three.
pub(super) fn opinions(
    asked: &Asked,
    site: &Site,
    app_port: Option<u16>,
    ours: Result<Basis, &Refusal>,
) -> Vec<Opinion> {
    let first = |wanted: &str| asked.fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let trusted: Vec<String> = site.trusted_origins.iter().map(ToString::to_string).collect();
    let seen = Seen {
        method: &asked.method,
        host: first("host").unwrap_or(&asked.authority),
        origin: first("origin"),
        referer: first("referer"),
        fetch_site: first("sec-fetch-site"),
        trusted: &trusted,
    };
    let of = |name, answer: Result<&str, String>| {
        let permits = answer.is_ok();
        let says = answer.map_or_else(|refused| refused, str::to_owned);
        Opinion { name, permits, says, differs: why::differs(name, permits, ours, asked) }
    };
    vec![
        of("Django 6.1", django_says(asked, site, app_port, seen.host)),
        of("Go 1.27", go::says(&seen)),
        of("Envoy 1.40", envoy::says(&seen)),
    ]
}

fn django_says(asked: &Asked, site: &Site, app_port: Option<u16>, host: &str) -> Result<&'static str, String> {
    let field = |wanted: &str| {
        let values: Vec<&str> =
            asked.fields.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(if wanted == "cookie" { "; " } else { "," }).into_bytes())
    };
    let port = Host::parse(host.as_bytes()).ok().and_then(|host| host.port()).unwrap_or(443);
    let form = super::token::form(asked).unwrap_or_default();
    let cookies = field("cookie").unwrap_or_default();
    let stored = django::cookie(&String::from_utf8_lossy(&cookies), &site.django.cookie_name);
    let meta = django::Forwarded { host, port, app_port, field };
    let request = django::Request {
        method: &asked.method.to_ascii_uppercase(),
        https: false,
        meta: &meta,
        stored: stored.as_deref(),
        form: &form,
        marks: django::Marks::default(),
    };
    match django::check(&site.django, &request) {
        django::Answer::Accept | django::Answer::Skip if asked.method == "POST" => {
            Ok("cookie and token belong together")
        }
        django::Answer::Accept | django::Answer::Skip => Ok("accepted"),
        django::Answer::Reject(rejection) => Err(rejection.to_string()),
        django::Answer::Error => Err("an exception".into()),
    }
}

//! The site that decides: one of a configuration, or one made up for the URL.

use std::sync::Arc;

use countersign_core::{
    Audience, ClientMode, Host, HostPattern, Route, RouteTable, Site, Token, TrustedOrigin, UnixTime, django,
};
use countersign_gateway::{SiteSettings, Trust};

use super::{Asked, ExplainArgs, Unclear};
use crate::config;

/// Where a request is decided.
pub(super) enum Place {
    /// By a configuration; none if no site serves the host.
    Configured { site: Option<Box<SiteSettings>>, file: String },
    /// By what the command line says.
    MadeUp { site: Box<Site>, trust: Option<Arc<Trust>> },
}

impl Place {
    pub(super) fn of(args: &ExplainArgs, asked: &Asked, now: UnixTime) -> Result<Self, Unclear> {
        let host = asked.host()?;
        if let Some(file) = &args.config {
            let config = config::load(file, now).map_err(Unclear::Config)?;
            let site = find(config.settings.sites, &host).map(Box::new);
            return Ok(Self::Configured { site, file: file.display().to_string() });
        }
        let trust = args.ca.as_ref().map(|path| config::trust(path, now)).transpose()?;
        let site = made_up(args, &host)?;
        Ok(Self::MadeUp { site: Box::new(site), trust: trust.map(Arc::new) })
    }

    pub(super) fn site(&self) -> Option<&Site> {
        match self {
            Self::Configured { site, .. } => site.as_ref().map(|site| &site.policy),
            Self::MadeUp { site, .. } => Some(site),
        }
    }

    /// The port of the app, if it has one.
    pub(super) fn app_port(&self) -> Option<u16> {
        match self {
            Self::Configured { site: Some(site), .. } => site.upstream.port(),
            _ => None,
        }
    }

    /// By trust index; empty if there is none.
    pub(super) fn trusts(&self) -> &[Arc<Trust>] {
        match self {
            Self::Configured { site, .. } => site.as_ref().map_or(&[], |site| &site.trusts),
            Self::MadeUp { trust, .. } => trust.as_slice(),
        }
    }
}

/// As the gateway finds it: an exact name wins over a wildcard.
fn find(sites: Vec<SiteSettings>, host: &Host<'_>) -> Option<SiteSettings> {
    let serves = |wildcard: bool| {
        sites.iter().position(|site| {
            site.policy.hosts.iter().any(|pattern| pattern.is_wildcard() == wildcard && pattern.matches(host))
        })
    };
    let at = serves(false).or_else(|| serves(true))?;
    sites.into_iter().nth(at)
}

/// A site for this one host, with one route. Without word on the client it asks for no
/// certificate, so that the intent can be seen.
fn made_up(args: &ExplainArgs, host: &Host<'_>) -> Result<Site, Unclear> {
    let audience = match args.audience.as_deref() {
        Some(text) => text.parse().map_err(|()| format!("invalid audience {text:?}: write browser, machine or any"))?,
        None => Audience::default(),
    };
    let token = match args.token.as_deref() {
        Some(text) => text.parse().map_err(|()| format!("invalid token {text:?}: write off or django"))?,
        None => Token::default(),
    };
    let origin = |text: &String| {
        TrustedOrigin::parse(text).map_err(|error| Unclear::Usage(format!("invalid origin {text:?}: {error}")))
    };
    let told = args.client.is_some() || args.cert.is_some();
    Ok(Site {
        hosts: vec![HostPattern::parse(host.name()).map_err(|error| error.to_string())?],
        client: if told { ClientMode::Soft } else { ClientMode::Off },
        trusted_origins: args.trusted_origins.iter().map(origin).collect::<Result<_, _>>()?,
        cors: None,
        api_keys: Arc::default(),
        django: trusting(args),
        routes: RouteTable::new(vec![Route { audience, token, ..Route::everything() }])
            .map_err(|_| Unclear::Usage("the made-up route is none".into()))?,
    })
}

/// Django's settings of an app that trusts the same origins.
fn trusting(args: &ExplainArgs) -> django::Settings {
    let trusted = django::TrustedOrigins::parse(args.trusted_origins.iter().map(String::as_str));
    django::Settings { trusted: trusted.unwrap_or_default(), ..django::Settings::behind_gateway() }
}

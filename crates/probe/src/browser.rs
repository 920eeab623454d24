//! A real browser that holds the certificate, and opens the attacker's page.
//!
//! What curl can send, a page may not be able to, and the other way round: here the victim's own browser
//! decides. It is started headless with a profile of its own, which holds the certificate and nothing
//! else; it first opens the site itself, because a browser that cannot do that proves nothing; then one
//! page of another site after the other, served on this machine. Its own network events tell what was
//! answered: a page never learns that.

mod chromium;
mod firefox;
mod page;
mod process;
mod profile;
mod socket;

use std::{net::SocketAddr, time::Duration};

pub(crate) use self::page::Kind;
use self::{chromium::Chromium, firefox::Firefox, page::PageServer, profile::Profile};
use crate::{
    case::Outcome,
    evidence::Layer,
    probe::{Probe, canary},
};

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Chromium, or Chrome.
    Chromium,
    /// Firefox, or its ESR.
    Firefox,
}

/// What a browser is given.
#[derive(Clone, Debug)]
pub struct BrowserSetup {
    /// Which.
    pub product: Product,
    /// The certificate and its key.
    pub p12: Vec<u8>,
    /// What opens it.
    pub password: String,
    /// CAs that the site's own certificate may come from, beside the browser's.
    pub server_ca: Option<String>,
    /// Any certificate of the site will do.
    pub insecure: bool,
}

/// Why a browser cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// A program is missing.
    #[error("{0} is not installed: on Debian it comes with the package {1}")]
    Missing(&'static str, &'static str),
    /// Chromium takes the choice of a certificate from a policy alone.
    #[error(
        "Chromium needs a policy in {0} to choose the certificate without a person, and it cannot be written ({1}): run as root, or use --browser firefox"
    )]
    Policy(String, String),
    /// It started, and does not do as it is told.
    #[error("the browser cannot be driven: {0}")]
    Drive(String),
}

impl BrowserError {
    fn drive(error: impl std::fmt::Display) -> Self {
        Self::Drive(error.to_string())
    }
}

/// What the browser's own events say of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    status: Option<u16>,
    /// `Countersign-Reason`, if it came.
    reason: Option<String>,
    error: Option<String>,
}

/// A browser that is driven.
trait Drive {
    /// Opens an address, and waits for the first answer to a request whose address begins so.
    fn open(&mut self, url: &str, awaited: &[String], patience: Duration) -> Result<Option<Seen>, BrowserError>;
}

/// A running browser, and the attacker's site.
pub(crate) struct Browser {
    driver: Box<dyn Drive>,
    pages: PageServer,
    // Dropped last: the browser is gone by then.
    _profile: Profile,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browser")
    }
}

const PATIENCE: Duration = Duration::from_secs(10);

impl Browser {
    /// Starts it, and opens the site's own page with it.
    pub(crate) fn start(probe: &Probe<'_>, setup: &BrowserSetup) -> Result<Self, BrowserError> {
        let target = probe.client.target;
        let profile = Profile::make(setup, &target.origin())?;
        let dial = target.connected_to.then_some(target.address);
        let driver: Box<dyn Drive> = match setup.product {
            Product::Chromium => Box::new(Chromium::start(&profile, &target.host, dial, setup.insecure)?),
            Product::Firefox => {
                if dial.is_some_and(|dial: SocketAddr| dial.port() != target.port) {
                    return Err(BrowserError::Drive("Firefox dials no other port than that of the URL".into()));
                }
                Box::new(Firefox::start(&profile, dial)?)
            }
        };
        let mut browser = Self { driver, pages: PageServer::start().map_err(BrowserError::drive)?, _profile: profile };
        let page = target.url(&probe.site.page);
        let seen = browser.open(&mut |_| page.clone(), std::slice::from_ref(&page))?.unwrap_or_default();
        match (seen.status, seen.error) {
            (Some(200..=299), _) => Ok(browser),
            (Some(status), _) => Err(BrowserError::Drive(format!("it gets {status} from the site's own page"))),
            (None, error) => Err(BrowserError::Drive(format!(
                "it cannot open the site's own page: {}",
                error.unwrap_or_else(|| "it got no answer".into())
            ))),
        }
    }

    fn attack(&mut self, page: &str, awaited: &[String]) -> Result<Option<Seen>, BrowserError> {
        self.open(&mut |pages| pages.show(page.to_owned()), awaited)
    }

    /// A browser that is busy may lose a page: what sent nothing is opened again.
    fn open(
        &mut self,
        url: &mut dyn FnMut(&PageServer) -> String,
        awaited: &[String],
    ) -> Result<Option<Seen>, BrowserError> {
        for _ in 0..3 {
            let url = url(&self.pages);
            if let Some(seen) = self.driver.open(&url, awaited, PATIENCE)? {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }
}

/// Opens a page of another site that attacks this way, and tells what came of it.
pub(crate) fn attack(probe: &Probe<'_>, kind: Kind) -> Outcome {
    let Some(setup) = &probe.browser_setup else {
        return Outcome::not_tested("--browser chromium or --browser firefox");
    };
    let path = match kind {
        Kind::WebSocket => match &probe.site.websocket {
            Some(path) => path,
            None => return Outcome::not_tested("--websocket PATH"),
        },
        Kind::Image if !probe.reads_back() => {
            return Outcome::not_tested("--unsafe-methods and --read-back: what a GET changed has to be read");
        }
        _ => &probe.endpoint,
    };
    let mut slot = probe.browser.borrow_mut();
    let browser = slot.get_or_insert_with(|| Browser::start(probe, setup));
    let browser = match browser {
        Ok(browser) => browser,
        Err(error) => return Outcome::inconclusive(error.to_string(), None),
    };
    let canary = canary();
    let url = probe.client.target.url(path);
    let page = page::page(kind, &url, &probe.fields(&canary), probe.json(&canary));
    let replay = format!("# open this page in a browser that holds the certificate:\n{page}");
    let awaited = [url.clone(), url.replacen("https://", "wss://", 1)];
    let seen = match browser.attack(&page, &awaited) {
        Ok(Some(seen)) => seen,
        Ok(None) => return Outcome::inconclusive("the browser sent nothing", Some(replay)),
        Err(error) => return Outcome::inconclusive(error.to_string(), Some(replay)),
    };
    drop(slot);
    judge(probe, kind, &seen, &canary, replay)
}

fn judge(probe: &Probe<'_>, kind: Kind, seen: &Seen, canary: &str, replay: String) -> Outcome {
    let answered =
        seen.status.map_or_else(|| seen.error.clone().unwrap_or_else(|| "nothing".into()), |status| status.to_string());
    if kind == Kind::WebSocket && matches!(seen.status, Some(101 | 200)) {
        return Outcome::vulnerable("the browser opened the socket from another site", replay);
    }
    if probe.reads_back() && kind != Kind::WebSocket {
        match probe.was_stored(canary) {
            Ok(true) => {
                return Outcome::vulnerable(format!("what the page wrote was stored (answer: {answered})"), replay);
            }
            Ok(false) => {}
            Err(why) => return Outcome::inconclusive(why, Some(replay)),
        }
    }
    // A browser that waits, for a person to choose a certificate, was refused by nobody.
    let Some(layer) = layer(seen, &answered) else {
        return Outcome::inconclusive("the browser's request got no answer", Some(replay));
    };
    if kind == Kind::WebSocket || probe.reads_back() {
        return Outcome::held(layer, replay);
    }
    let honest = probe.honest().map_or(0, |honest| honest.status);
    match seen.status {
        Some(status) if status == honest => {
            Outcome::vulnerable(format!("the browser's request was answered {status}, as the honest write"), replay)
        }
        Some(400..) | None => Outcome::held(layer, replay),
        Some(status) => Outcome::inconclusive(
            format!("answered {status}, the honest write {honest}: tell --read-back"),
            Some(replay),
        ),
    }
}

/// Who refused, as far as the browser tells; nobody if it got neither an answer nor an error.
fn layer(seen: &Seen, answered: &str) -> Option<Layer> {
    match (&seen.reason, seen.status, &seen.error) {
        (Some(code), ..) => Some(Layer::Countersign(code.clone())),
        (None, Some(_), _) => Some(Layer::Application(format!("it answered the browser {answered}"))),
        (None, None, Some(error)) => {
            let upper = error.to_ascii_uppercase();
            let tls = ["SSL", "CERT", "TLS"].iter().any(|word| upper.contains(word));
            Some(if tls { Layer::Tls(error.clone()) } else { Layer::Proxy(format!("the browser got {error}")) })
        }
        (None, None, None) => None,
    }
}

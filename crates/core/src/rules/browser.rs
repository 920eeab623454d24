//! Proof that a page of the site, or of a trusted origin, sent the request. DESIGN 4, rules 1 to 3.
//!
//! A browser attaches the certificate to any page's request, but it also says which page that was,
//! and a page cannot change what it says: `Origin` on every unsafe request, Fetch Metadata since
//! 2020 to 2023. Unlike Go's CrossOriginProtection this rule set demands that the two agree, knows
//! `http` from `https`, and refuses what has neither.

use crate::{Basis, Head, Observer, Origin, OriginError, Outcome, Reason, Refusal, Rule, Site};

/// `Sec-Fetch-Site`, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FetchSite {
    SameOrigin,
    SameSite,
    CrossSite,
    None,
    Absent,
}

pub(crate) fn judge<O: Observer>(head: &Head<'_>, site: &Site, obs: &mut O) -> Result<Basis, Refusal> {
    if head.is_safe() {
        obs.step(Rule::SafeMethod, Outcome::Pass, || ("GET, HEAD or OPTIONS".into(), head.method().into()));
        return Ok(Basis::SafeMethod);
    }
    obs.step(Rule::SafeMethod, Outcome::Skip, || {
        (
            "GET, HEAD or OPTIONS".into(),
            if head.is_websocket() { "WebSocket handshake".into() } else { head.method().into() },
        )
    });
    let fetch_site = fetch_site(head, obs)?;
    match head.fields().origin {
        Some(raw) => by_origin(raw, fetch_site, head, site, obs),
        None if head.is_websocket() => {
            let own = own(head);
            obs.step(Rule::Origin, Outcome::Refuse, || (own.clone(), "no Origin on a WebSocket handshake".into()));
            Err(Refusal::new(Reason::OriginMissing).expected(own))
        }
        None => without_origin(fetch_site, head, site, obs),
    }
}

/// Rule 1, the part about Fetch Metadata: a value that browsers do not send proves nothing.
fn fetch_site<O: Observer>(head: &Head<'_>, obs: &mut O) -> Result<FetchSite, Refusal> {
    let f = head.fields();
    let known = match f.sec_fetch_site {
        Some(b"same-origin") => FetchSite::SameOrigin,
        Some(b"same-site") => FetchSite::SameSite,
        Some(b"cross-site") => FetchSite::CrossSite,
        Some(b"none") => FetchSite::None,
        None if !f.sec_fetch => FetchSite::Absent,
        other => {
            const EXPECTED: &str = "same-origin, same-site, cross-site or none";
            let refusal = Refusal::new(Reason::FetchMetadataMalformed)
                .expected(EXPECTED)
                .received(other.unwrap_or(b"Sec-Fetch headers without Sec-Fetch-Site"));
            obs.step(Rule::SecFetchSite, Outcome::Refuse, || (EXPECTED.into(), seen(&refusal)));
            return Err(refusal);
        }
    };
    Ok(known)
}

/// Rules 1 and 2.
fn by_origin<O: Observer>(
    raw: &[u8],
    fetch_site: FetchSite,
    head: &Head<'_>,
    site: &Site,
    obs: &mut O,
) -> Result<Basis, Refusal> {
    let origin = Origin::parse(raw).map_err(|error| {
        let (reason, expected) = match error {
            OriginError::Null => (Reason::OriginNull, own(head)),
            _ => (Reason::OriginMalformed, error.to_string()),
        };
        let refusal = Refusal::new(reason).received(raw).expected(expected);
        obs.step(Rule::OriginForm, Outcome::Refuse, || ("scheme://host[:port]".into(), seen(&refusal)));
        refusal
    })?;
    obs.step(Rule::OriginForm, Outcome::Pass, || ("scheme://host[:port]".into(), origin.to_string()));

    let basis = if origin.is_own(&head.host()) {
        Basis::SameOrigin
    } else if site.trusts(&origin) {
        Basis::TrustedOrigin
    } else if fetch_site == FetchSite::SameOrigin {
        return contradiction(raw, head, obs);
    } else {
        let refusal = Refusal::new(Reason::OriginMismatch).received(raw).expected(own_and_trusted(head, site));
        obs.step(Rule::Origin, Outcome::Refuse, || (own_and_trusted(head, site), origin.to_string()));
        return Err(refusal);
    };
    // `none` beside the own Origin is a browser that repeats a form (reload, restored tab).
    let agrees = match basis {
        Basis::SameOrigin => matches!(fetch_site, FetchSite::SameOrigin | FetchSite::None | FetchSite::Absent),
        _ => matches!(fetch_site, FetchSite::SameSite | FetchSite::CrossSite | FetchSite::Absent),
    };
    if !agrees {
        return contradiction(raw, head, obs);
    }
    obs.step(Rule::Origin, Outcome::Pass, || (own_and_trusted(head, site), origin.to_string()));
    Ok(basis)
}

fn contradiction<O: Observer>(raw: &[u8], head: &Head<'_>, obs: &mut O) -> Result<Basis, Refusal> {
    let fetch_site = head.fields().sec_fetch_site.unwrap_or_default();
    let received = [raw, b" with Sec-Fetch-Site: ", fetch_site].concat();
    let refusal = Refusal::new(Reason::FetchMetadataContradiction)
        .received(received)
        .expected(format!("{} with same-origin, or another origin with same-site or cross-site", own(head)));
    obs.step(Rule::Origin, Outcome::Refuse, || (refusal.expectation().unwrap_or_default().into(), seen(&refusal)));
    Err(refusal)
}

/// Rule 3.
fn without_origin<O: Observer>(
    fetch_site: FetchSite,
    head: &Head<'_>,
    site: &Site,
    obs: &mut O,
) -> Result<Basis, Refusal> {
    const EXPECTED: &str = "same-origin, or none for a navigation";
    let received = head.fields().sec_fetch_site.unwrap_or_default();
    let (reason, outcome) = match fetch_site {
        FetchSite::SameOrigin => (Ok(Basis::FetchMetadata), Outcome::Pass),
        FetchSite::None if head.is_navigation() => (Ok(Basis::Navigation), Outcome::Pass),
        FetchSite::None => (Err(Reason::NotANavigation), Outcome::Refuse),
        FetchSite::SameSite => (Err(Reason::SameSiteForeign), Outcome::Refuse),
        FetchSite::CrossSite => (Err(Reason::CrossSite), Outcome::Refuse),
        FetchSite::Absent => {
            obs.step(Rule::SecFetchSite, Outcome::Skip, || (EXPECTED.into(), "no Fetch Metadata".into()));
            return by_referer(head, site, obs);
        }
    };
    obs.step(Rule::SecFetchSite, outcome, || (EXPECTED.into(), String::from_utf8_lossy(received).into_owned()));
    reason.map_err(|reason| Refusal::new(reason).received(received).expected(EXPECTED))
}

fn by_referer<O: Observer>(head: &Head<'_>, site: &Site, obs: &mut O) -> Result<Basis, Refusal> {
    let Some(raw) = head.fields().referer else {
        obs.step(Rule::Referer, Outcome::Refuse, || (own_and_trusted(head, site), "no Referer".into()));
        return Err(Refusal::new(Reason::IntentMissing));
    };
    let reason = match Origin::of_url(raw) {
        Err(_) => Reason::RefererMalformed,
        Ok(origin) if origin.is_own(&head.host()) || site.trusts(&origin) => {
            obs.step(Rule::Referer, Outcome::Pass, || (own_and_trusted(head, site), origin.to_string()));
            return Ok(Basis::Referer);
        }
        Ok(origin) if origin.is_https() => Reason::RefererMismatch,
        Ok(_) => Reason::RefererInsecure,
    };
    let refusal = Refusal::new(reason).received(raw).expected(own_and_trusted(head, site));
    obs.step(Rule::Referer, Outcome::Refuse, || (own_and_trusted(head, site), seen(&refusal)));
    Err(refusal)
}

fn seen(refusal: &Refusal) -> String {
    refusal.receipt().unwrap_or_default().to_owned()
}

/// The site's own origin, as this request would have it.
fn own(head: &Head<'_>) -> String {
    let host = head.host();
    match host.port() {
        Some(port) if port != 443 => format!("https://{}:{port}", host.name()),
        _ => format!("https://{}", host.name()),
    }
}

/// The origins that would be accepted; a long list is cut.
fn own_and_trusted(head: &Head<'_>, site: &Site) -> String {
    const SHOWN: usize = 3;
    let mut text = own(head);
    for origin in site.trusted_origins.iter().take(SHOWN) {
        text.push_str(" or ");
        text.push_str(&origin.to_string());
    }
    if site.trusted_origins.len() > SHOWN {
        text.push_str(" or another of trusted_origins");
    }
    text
}

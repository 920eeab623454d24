//! The order of the proofs.

use crate::{
    ApiKey, ApiKeyId, Audience, Basis, Client, ClientMode, Clients, Decision, Head, Observer, Outcome, Permit,
    Preflight, Reason, Refusal, Reported, Route, Rule, Silent, Site, UnixTime, Verdict, api_key, cors, report_only,
    rules::{browser, machine},
    token,
};

/// Decides one request: host, route, preflight, identity, allow rules, API key, intent, in this
/// order. A route with a token leaves it [`Pending`](crate::Pending).
///
/// `clients` is what was found out about the connection's certificate under the site's trusts; what
/// time can change is checked here again, for each request. `observer` collects the rule trace;
/// with [`Silent`](crate::Silent) nothing is collected and, on the way to a permit, nothing
/// allocated.
pub fn decide<'s, O: Observer>(
    site: &'s Site,
    head: &Head<'_>,
    clients: &impl Clients,
    now: UnixTime,
    observer: &mut O,
) -> Decision<'s> {
    let mut route = None;
    let verdict = match run(site, head, clients, now, observer, &mut route) {
        Ok(verdict) => verdict,
        Err(refusal) => Verdict::Refuse(refusal),
    };
    Decision { route, verdict }
}

/// Whether a tunnel that was opened for this path, with this API key, may go on: its route, the
/// identity, the allow rules and the key, as of now; and when the key ends. Intent was proved when it
/// was opened and does not change. `told` says whether the app was told of the client's certificate:
/// then it has to hold, `report_only` or not.
///
/// # Errors
/// The refusal that a new handshake for the path would get.
pub fn still_admitted(
    site: &Site,
    decoded_path: &str,
    api_key: Option<ApiKeyId>,
    clients: &impl Clients,
    now: UnixTime,
    told: bool,
) -> Result<Option<UnixTime>, Refusal> {
    let route = route(site, decoded_path, "GET", &mut Silent)?;
    let client = match admitted(site, route, clients, now, &mut Silent) {
        Err(refusal) if told && report_only::denies_certificate(refusal.reason()) => return Err(refusal),
        judged => known(judged, site, route, clients, &mut Reported::default())?,
    };
    api_key::still_holds(site, route, api_key, client, now)
}

/// The client that admission let in, or that is only reported: nobody, if it is its certificate that
/// does not hold.
fn known<'c>(
    admitted: Result<Client<'c>, Refusal>,
    site: &Site,
    route: &Route,
    clients: &'c impl Clients,
    reported: &mut Reported,
) -> Result<Client<'c>, Refusal> {
    let refusal = match admitted {
        Ok(client) => return Ok(client),
        Err(refusal) => refusal,
    };
    let denied = report_only::denies_certificate(refusal.reason());
    route.report_only.report(refusal, reported)?;
    Ok(if denied { Client::Anonymous } else { client(site, route, clients).1 })
}

fn run<'s, O: Observer>(
    site: &'s Site,
    head: &Head<'_>,
    clients: &impl Clients,
    now: UnixTime,
    obs: &mut O,
    found: &mut Option<&'s Route>,
) -> Result<Verdict<'s>, Refusal> {
    host(site, head, obs)?;
    if head.is_preflight() {
        // Before identity: Firefox sends preflights without a certificate. Nothing fails open: a
        // preflight is never forwarded, and its answer holds nothing that is not declared.
        return preflight(site, head, obs, found).map(Verdict::Preflight);
    }
    // An extended CONNECT is the HTTP/2 spelling of the GET that opens a WebSocket.
    let method = if head.method() == "CONNECT" { "GET" } else { head.method() };
    let route = route(site, head.path().decoded(), method, obs)?;
    *found = Some(route);
    let mut reported = Reported::default();
    let client = known(admitted(site, route, clients, now, obs), site, route, clients, &mut reported)?;
    let api_key = api_key::judge(site, route, head, client, now, obs)?;
    let basis = match intent(site, route, head, api_key, obs) {
        Ok(basis) => basis,
        Err(refusal) => {
            route.report_only.report(refusal, &mut reported)?;
            Basis::ReportOnly
        }
    };
    token::pending(Permit { site, route, basis, api_key, reported }, head, obs)
}

fn intent<O: Observer>(
    site: &Site,
    route: &Route,
    head: &Head<'_>,
    api_key: Option<&ApiKey>,
    obs: &mut O,
) -> Result<Basis, Refusal> {
    match route.audience {
        Audience::Browser => browser::judge(head, site, obs),
        Audience::Machine => machine::judge(head, api_key, obs),
        Audience::Any if head.is_safe() => browser::judge(head, site, obs),
        // Whatever bears a browser's header is judged as a browser's, and gets the reason that helps.
        Audience::Any => match machine::browser_signal(head) {
            Some(signal) => {
                obs.step(Rule::MachineSignals, Outcome::Skip, || (machine::NO_SIGNALS.into(), signal.into()));
                browser::judge(head, site, obs)
            }
            None => machine::judge(head, api_key, obs),
        },
    }
}

fn host<O: Observer>(site: &Site, head: &Head<'_>, obs: &mut O) -> Result<(), Refusal> {
    let host = head.host();
    let hosts = || site.hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    if site.serves(&host) {
        obs.step(Rule::Host, Outcome::Pass, || (hosts(), host.to_string()));
        return Ok(());
    }
    obs.step(Rule::Host, Outcome::Refuse, || (hosts(), host.to_string()));
    Err(Refusal::new(Reason::MisdirectedRequest).received(host.to_string()))
}

/// A preflight asks about the route of the request that it announces.
fn preflight<'s, O: Observer>(
    site: &'s Site,
    head: &Head<'_>,
    obs: &mut O,
    found: &mut Option<&'s Route>,
) -> Result<Preflight<'s>, Refusal> {
    let Some(cors) = &site.cors else { return cors::undeclared(head, obs) };
    let method = head.fields().request_method.unwrap_or_default();
    let announced = std::str::from_utf8(method).unwrap_or_default();
    let route = route(site, head.path().decoded(), announced, obs)?;
    *found = Some(route);
    cors::judge(cors, route, head, obs)
}

fn route<'s, O: Observer>(site: &'s Site, path: &str, method: &str, obs: &mut O) -> Result<&'s Route, Refusal> {
    let found = site.routes.find(path, method);
    let asked = || format!("{method} {path}");
    match &found {
        Ok(route) => {
            obs.step(Rule::Route, Outcome::Pass, || (format!("{} for {}", route.path, route.audience.code()), asked()));
        }
        Err(refusal) => {
            obs.step(Rule::Route, Outcome::Refuse, || (refusal.expectation().unwrap_or("a route").into(), asked()));
        }
    }
    found
}

fn admitted<'c, O: Observer>(
    site: &Site,
    route: &Route,
    clients: &'c impl Clients,
    now: UnixTime,
    obs: &mut O,
) -> Result<Client<'c>, Refusal> {
    let (mode, client) = client(site, route, clients);
    identity(mode, client, now, obs)?;
    allow(route, client, obs)?;
    Ok(client)
}

fn client<'c>(site: &Site, route: &Route, clients: &'c impl Clients) -> (ClientMode, Client<'c>) {
    let mode = match site.client {
        // Of a certificate that was not asked for nothing was checked, so it is nobody's.
        ClientMode::Off => ClientMode::Off,
        of_site => route.client.unwrap_or(of_site),
    };
    (mode, if mode == ClientMode::Off { Client::Anonymous } else { clients.under(route.trust) })
}

fn identity<O: Observer>(mode: ClientMode, client: Client<'_>, now: UnixTime, obs: &mut O) -> Result<(), Refusal> {
    let expected = || format!("client mode {}", mode.code());
    let judged = match (client, mode) {
        (_, ClientMode::Off) => Ok("not asked for"),
        (Client::Rejected(refusal), _) => Err(refusal.clone()),
        (Client::Verified(identity), _) => identity.check_validity(now).map(|()| "a certificate that holds"),
        // Fails open on purpose: `optional` is the operator's word that the app tells anonymous
        // clients from known ones, and the gateway stamps which of them this is.
        (Client::Anonymous, ClientMode::Optional) => Ok("none, and the site lets anonymous clients through"),
        (Client::Anonymous, ClientMode::Soft | ClientMode::Hard) => Err(Refusal::new(Reason::ClientCertMissing)),
    };
    match judged {
        Ok(received) => {
            obs.step(Rule::ClientCertificate, Outcome::Pass, || (expected(), received.into()));
            Ok(())
        }
        Err(refusal) => {
            obs.step(Rule::ClientCertificate, Outcome::Refuse, || (expected(), refusal.to_string()));
            Err(refusal)
        }
    }
}

fn allow<O: Observer>(route: &Route, client: Client<'_>, obs: &mut O) -> Result<(), Refusal> {
    if route.allow.is_empty() {
        return Ok(());
    }
    let received = match client {
        Client::Verified(identity) if route.allow.iter().any(|rule| rule.allows(identity)) => {
            obs.step(Rule::Allow, Outcome::Pass, || {
                ("one of the route's allow rules".into(), identity.subject.clone())
            });
            return Ok(());
        }
        Client::Verified(identity) => identity.subject.as_str(),
        Client::Anonymous | Client::Rejected(_) => "no certificate",
    };
    obs.step(Rule::Allow, Outcome::Refuse, || ("one of the route's allow rules".into(), received.into()));
    Err(Refusal::new(Reason::ClientNotAllowed).received(received))
}

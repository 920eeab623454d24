//! The headers that sites read an identity from, filled with a name that nobody has.
//!
//! Evidence is the name itself: an app that shows it believed the client. Where a second certificate is
//! given its real name is tried too, for apps that know their users and show nobody else.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    answer::Answer,
    case::Outcome,
    client::Exchange,
    evidence::{Layer, alike},
    forgery::refused,
    probe::{Probe, canary},
    request::{Request, Who},
};

/// A set of headers that belong together, as one kind of proxy sets them.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) of: &'static str,
    pub(crate) fields: Vec<(String, String)>,
}

/// Every set that is known, for this name, and the site's own headers.
pub(crate) fn groups(probe: &Probe<'_>, name: &str) -> Vec<Group> {
    let dn = format!("CN={name},O=Example");
    let certificate =
        probe.certificates.self_signed.as_ref().map(|made| BASE64_STANDARD.encode(made.leaf())).unwrap_or_default();
    let sha = "00".repeat(20);
    let set = |of: &'static str, fields: &[(&str, &str)]| Group {
        of,
        fields: fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    };
    let mut groups = vec![
        set(
            "nginx",
            &[
                ("X-SSL-Client-Verify", "SUCCESS"),
                ("X-SSL-Client-S-DN", &dn),
                ("X-SSL-Client-Subject", &dn),
                ("X-SSL-Client-CN", name),
                ("X-SSL-Client-Serial", "01"),
                ("X-SSL-Client-Fingerprint", &sha),
            ],
        ),
        set(
            "Apache and Django guides",
            &[
                ("SSL-Client-Verify", "SUCCESS"),
                ("SSL-Client-S-DN", &dn),
                ("SSL-Client-S-DN-CN", name),
                ("SSL-Client-Cert-Subject", &dn),
                ("SSL-Client-Subject-DN", &dn),
            ],
        ),
        set(
            "HAProxy",
            &[
                ("X-SSL-Client-Verify", "0"),
                ("X-SSL", "1"),
                ("X-SSL-Client-DN", &dn),
                ("X-SSL-Client-CN", name),
                ("X-Client-DN", &dn),
                ("X-Client-CN", name),
            ],
        ),
        set(
            "plain names",
            &[
                ("X-Client-Verify", "SUCCESS"),
                ("X-Client-Cert-Valid", "true"),
                ("X-Client-Cert-Dn", &dn),
                ("X-Client-S-DN", &dn),
                ("X-Client-Subject", &dn),
                ("X-Client-Cert-Subject", &dn),
                ("X-Client-Certificate-Subject", &dn),
            ],
        ),
        set(
            "remote user",
            &[
                ("Remote-User", name),
                ("X-Remote-User", name),
                ("X-Forwarded-User", name),
                ("X-Forwarded-Preferred-Username", name),
                ("X-Auth-Request-User", name),
                ("X-Authenticated-User", name),
                ("X-WebAuth-User", name),
            ],
        ),
        set("Envoy", &[("X-Forwarded-Client-Cert", &format!("By=x;Hash={};Subject=\"{dn}\"", "00".repeat(32)))]),
        set("Traefik", &[("X-Forwarded-Tls-Client-Cert-Info", &format!("Subject%3D%22CN%3D{name}%22"))]),
        set("AWS ALB", &[("X-Amzn-Mtls-Clientcert-Subject", &dn), ("X-Amzn-Mtls-Clientcert-Issuer", "CN=any")]),
    ];
    if !certificate.is_empty() {
        groups.push(set("RFC 9440", &[("Client-Cert", &format!(":{certificate}:"))]));
    }
    for header in &probe.site.identity_headers {
        let (of, verify) = ("the site's own", ("X-SSL-Client-Verify", "SUCCESS"));
        groups.push(set(of, &[verify, (header, &dn)]));
        groups.push(set(of, &[verify, (header, name)]));
    }
    groups
}

/// Who is to be played: a name that nobody has, and one that somebody has.
fn names(probe: &Probe<'_>) -> Vec<String> {
    let second = probe.certificates.second.as_ref().and_then(|second| second.name.clone());
    std::iter::once(canary()).chain(second).collect()
}

/// How a header's name is written.
pub(crate) type Spelling = fn(&str) -> String;

/// Sends each group for each name in each spelling. Two spellings in one request would be joined by a
/// server that takes both, and be believed by none.
pub(crate) fn any(probe: &Probe<'_>, who: &Who, spellings: &[Spelling]) -> Outcome {
    Outcome::worst(spellings.iter().map(|spell| {
        placed(probe, who, &|mut request, said| {
            request.fields.extend(said.map(|(field, value)| (spell(field), value.clone())));
            request
        })
    }))
}

/// Puts a group's fields into a request.
type Place<'a> = dyn Fn(Request, &mut dyn Iterator<Item = &(String, String)>) -> Request + 'a;

/// Sends each group for each name, until the page believes one; else the answer that tells most against it.
pub(crate) fn placed(probe: &Probe<'_>, who: &Who, place: &Place<'_>) -> Outcome {
    let mut outcomes = Vec::new();
    for name in names(probe) {
        for group in groups(probe, &name) {
            let request = probe.bare(&probe.site.whoami).by(who.clone());
            let exchange = probe.client.send(place(request, &mut group.said_by(who)));
            if let Some(outcome) = believed(probe, &exchange, &name, group.of) {
                return outcome;
            }
            outcomes.push(unmoved(probe, &exchange));
        }
    }
    Outcome::worst(outcomes)
}

impl Group {
    /// Its fields. With a certificate the proxy says itself that it verified: a second one would be in the way.
    fn said_by(&self, who: &Who) -> impl Iterator<Item = &(String, String)> {
        let own = matches!(who, Who::Own);
        let verdict = |name: &str| name.ends_with("-Verify") || name.ends_with("-Valid") || name == "X-SSL";
        self.fields.iter().filter(move |(name, _)| !(own && verdict(name)))
    }
}

/// The page shows the name, or lets nobody in as somebody.
fn believed(probe: &Probe<'_>, exchange: &Exchange, name: &str, of: &str) -> Option<Outcome> {
    let answer = exchange.result.as_ref().ok()?;
    let replay = || probe.client.replay(&exchange.request);
    let shows = |answer: &Answer| answer.status < 400 && answer.names(name) && !probe.whoami.names(name);
    // Twice: what a page shows by chance, it does not show again.
    if shows(answer) && probe.client.send(exchange.request.clone()).result.is_ok_and(|again| shows(&again)) {
        return Some(Outcome::vulnerable(
            format!("the page shows {name:?}, the name in the forged headers ({of})"),
            replay(),
        ));
    }
    let nobody = matches!(exchange.request.who, Who::Nobody);
    let before = probe.nobody.as_ref().ok();
    if nobody && answer.is_success() && before.is_some_and(|before| !before.is_success()) {
        let evidence = format!(
            "{} in place of {}: the forged headers ({of}) stand in for a certificate",
            answer.status,
            before.map_or(0, |before| before.status)
        );
        return Some(Outcome::vulnerable(evidence, replay()));
    }
    None
}

const SAME: &str = "the page is the same as without the forged headers";

/// The forged name was not shown: who saw to that?
fn unmoved(probe: &Probe<'_>, exchange: &Exchange) -> Outcome {
    let replay = probe.client.replay(&exchange.request);
    let usual =
        if matches!(exchange.request.who, Who::Nobody) { probe.nobody.as_ref().ok() } else { Some(&probe.whoami) };
    match &exchange.result {
        Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
        Ok(answer) if usual.is_some_and(|usual| alike(answer, usual)) => {
            let layer = if answer.status >= 400 { Layer::behind(answer) } else { Layer::Proxy(SAME.into()) };
            Outcome::held(layer, replay)
        }
        // Who refuses the headers themselves did not believe them. An app that answers otherwise may have.
        Ok(answer)
            if matches!(answer.status, 400 | 431)
                || (answer.status >= 400 && !matches!(Layer::behind(answer), Layer::Application(_))) =>
        {
            Outcome::held(Layer::behind(answer), replay)
        }
        Ok(answer) => {
            let why = format!("the page changed, and shows no forged name: {} {}", answer.status, answer.excerpt());
            Outcome::inconclusive(why, Some(replay))
        }
    }
}

//! What answers say: cookies, redirects, CORS.

use crate::{
    answer::Answer,
    case::Outcome,
    client::Exchange,
    cookies::Cookie,
    evidence::{Layer, alike},
    forgery::{ATTACKER, refused},
    probe::Probe,
    request::Request,
};

/// Whether the answer lets the origin read it, or send what it asked for, with credentials.
pub(crate) fn cors(probe: &Probe<'_>, exchange: &Exchange, origin: &str) -> Outcome {
    let replay = probe.client.replay(&exchange.request);
    let answer = match &exchange.result {
        Ok(answer) => answer,
        Err(failure) => return refused(failure.layer(), &failure.to_string(), replay),
    };
    let allowed = answer.field("access-control-allow-origin").unwrap_or_default();
    let credentials = answer.field("access-control-allow-credentials").unwrap_or_default();
    if allowed == origin && credentials == "true" {
        let evidence = format!("Access-Control-Allow-Origin: {allowed}, Access-Control-Allow-Credentials: true");
        return Outcome::vulnerable(evidence, replay);
    }
    if answer.status >= 400 {
        return Outcome::held(Layer::behind(answer), replay);
    }
    let says = if allowed.is_empty() {
        "nothing is allowed to other origins".into()
    } else {
        format!("allowed to {allowed:?}, credentials {credentials:?}")
    };
    Outcome::held(Layer::Application(says), replay)
}

/// Whether a redirect leads to the attacker.
pub(crate) fn elsewhere(location: &str) -> bool {
    // Browsers read a backslash as a slash.
    let location = location.replace('\\', "/");
    let rest = location.strip_prefix("https:").or_else(|| location.strip_prefix("http:")).unwrap_or(&location);
    rest.strip_prefix("//").is_some_and(|rest| rest.trim_start_matches('/').starts_with(ATTACKER))
}

/// The cookies of these names, as the site set them, and what is wrong with one.
pub(crate) fn flagged(probe: &Probe<'_>, names: &[&String], wrong: impl Fn(&Cookie) -> Option<String>) -> Outcome {
    let jar = probe.jar.borrow();
    let prefixed = |cookie: &Cookie, name: &str| {
        let bare = cookie
            .name
            .strip_prefix("__Host-")
            .or_else(|| cookie.name.strip_prefix("__Secure-"))
            .unwrap_or(&cookie.name);
        cookie.name == name || bare == name
    };
    let seen: Vec<&Cookie> = jar.set.iter().filter(|cookie| names.iter().any(|name| prefixed(cookie, name))).collect();
    let list = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" and ");
    let Some(first) = seen.first() else {
        return Outcome::not_tested(format!(
            "a cookie {list}: the site set none (--session-cookie, --csrf-cookie, --login)"
        ));
    };
    let replay = |cookie: &Cookie| probe.client.replay(&probe.bare(&cookie.set_by));
    match seen.iter().find_map(|cookie| wrong(cookie).map(|what| (cookie, what))) {
        Some((cookie, what)) => Outcome::vulnerable(format!("the cookie {:?} {what}", cookie.name), replay(cookie)),
        None => Outcome::held(Layer::Application(format!("as it should be: {list}")), replay(first)),
    }
}

/// Redirects of the site to itself that leave TLS.
pub(crate) fn insecure_redirect(probe: &Probe<'_>) -> Outcome {
    let paths = [&probe.site.page, &probe.endpoint, &probe.site.whoami];
    let trimmed = paths.into_iter().map(|path| path.trim_end_matches('/').to_owned()).filter(|path| !path.is_empty());
    let all: Vec<String> = trimmed.chain(probe.site.login.clone()).chain([probe.site.page.clone()]).collect();
    let mut seen = None;
    for path in all {
        let exchange = probe.client.send(probe.browse(&path));
        let replay = probe.client.replay(&exchange.request);
        match &exchange.result {
            Ok(answer) if answer.is_redirect() && answer.location().starts_with("http://") => {
                return Outcome::vulnerable(format!("{path} leads to {}", answer.location()), replay);
            }
            Ok(answer) if answer.is_redirect() => {
                seen =
                    Some(Outcome::held(Layer::Application(format!("{path} leads to {}", answer.location())), replay));
            }
            Ok(_) => {}
            Err(failure) => seen = Some(refused(failure.layer(), &failure.to_string(), replay)),
        }
    }
    seen.unwrap_or_else(|| Outcome::not_tested("a redirect: the site answered none of its own paths with one"))
}

/// Each of these fields alone: whether the page changes by it.
pub(crate) fn moved(probe: &Probe<'_>, fields: &[(&str, &str)]) -> Outcome {
    let ask = |request: Request| probe.client.send(request);
    let before = match steady(probe, &probe.browse(&probe.site.page)) {
        Ok(before) => before,
        Err(outcome) => return outcome,
    };
    let mut outcomes = Vec::new();
    for (name, value) in fields {
        let exchange = ask(probe.browse(&probe.site.page).with(name, *value));
        let replay = probe.client.replay(&exchange.request);
        outcomes.push(match &exchange.result {
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
            Ok(answer) if alike(answer, &before) => {
                Outcome::held(Layer::Proxy(format!("{name} made no difference")), replay)
            }
            // A refusal of the field is a defence; one that answers otherwise believed it.
            Ok(answer) if matches!(answer.status, 400 | 431) => Outcome::held(Layer::behind(answer), replay),
            Ok(answer) => Outcome::vulnerable(
                format!(
                    "{name}: {value} changes the answer from {} to {} {}",
                    before.status,
                    answer.status,
                    answer.location()
                )
                .trim_end()
                .to_owned(),
                replay,
            ),
        });
    }
    Outcome::worst(outcomes)
}

/// What a page says twice alike: only what is steady can be seen to change.
pub(crate) fn steady(probe: &Probe<'_>, request: &Request) -> Result<Answer, Outcome> {
    let ask = || probe.client.send(request.clone()).result;
    let unclear = |why: String| Outcome::inconclusive(why, Some(probe.client.replay(request)));
    match (ask(), ask()) {
        (Ok(one), Ok(other)) if alike(&one, &other) => Ok(one),
        (Ok(_), Ok(_)) => {
            Err(unclear("the page is another each time: name one that is not with --page or --whoami".into()))
        }
        (Err(failure), _) | (_, Err(failure)) => Err(unclear(format!("the page could not be opened again: {failure}"))),
    }
}

//! The rule `api-key`: after the allow rules, before intent.

use super::{ApiKey, ApiKeyId, ApiKeyRule};
use crate::{Client, Head, Observer, Outcome, Reason, Refusal, Route, Rule, Site, UnixTime};

/// The key that the request bears, on a route that asks for one.
///
/// # Errors
/// `api-key-missing`, `-unknown`, `-revoked`, `-expired`, `-scope` or `-bound`, in this order.
pub(crate) fn judge<'s, O: Observer>(
    site: &'s Site,
    route: &Route,
    head: &Head<'_>,
    client: Client<'_>,
    now: UnixTime,
    obs: &mut O,
) -> Result<Option<&'s ApiKey>, Refusal> {
    let Some(rule) = &route.api_key else { return Ok(None) };
    let judged = match site.routes.api_key_place(rule).and_then(|place| head.api_key(place)) {
        None => Err(Refusal::new(Reason::ApiKeyMissing)),
        Some(sent) => match site.api_keys.find(sent) {
            None => Err(Refusal::new(Reason::ApiKeyUnknown)),
            Some(key) => check(key, rule, client, now).map(|()| key),
        },
    };
    match judged {
        Ok(key) => {
            obs.step(Rule::ApiKey, Outcome::Pass, || (wanted(rule), format!("key {}, {}", key.id, key.name)));
            Ok(Some(key))
        }
        Err(refusal) => {
            let refusal = refusal.or_expected(|| wanted(rule));
            obs.step(Rule::ApiKey, Outcome::Refuse, || {
                (refusal.expectation().unwrap_or_default().into(), refusal.receipt().unwrap_or("no such key").into())
            });
            // RFC 9110 section 15.5.2: a 401 says how to do it. No registered scheme names a header,
            // and `Basic` would make browsers ask a person for a password.
            let challenge = (refusal.reason().info().status == 401)
                .then(|| format!("ApiKey realm=\"{}\", header=\"{}\"", rule.scope(), rule.shown()));
            Err(match challenge {
                Some(challenge) => refusal.challenge(challenge),
                None => refusal,
            })
        }
    }
}

/// Whether a tunnel that was opened with this key may go on; until when, if nothing else changes.
///
/// # Errors
/// The refusal that a new handshake would get.
pub(crate) fn still_holds(
    site: &Site,
    route: &Route,
    id: Option<ApiKeyId>,
    client: Client<'_>,
    now: UnixTime,
) -> Result<Option<UnixTime>, Refusal> {
    let Some(rule) = &route.api_key else { return Ok(None) };
    let id = id.ok_or_else(|| Refusal::new(Reason::ApiKeyMissing))?;
    let key = site.api_keys.get(id).ok_or_else(|| Refusal::new(Reason::ApiKeyUnknown))?;
    check(key, rule, client, now)?;
    Ok(key.expires)
}

/// All that is told to the holder of a key alone.
fn check(key: &ApiKey, rule: &ApiKeyRule, client: Client<'_>, now: UnixTime) -> Result<(), Refusal> {
    let named = || format!("key {}", key.id);
    if key.revoked {
        return Err(Refusal::new(Reason::ApiKeyRevoked).received(named()));
    }
    if let Some(end) = key.expires.filter(|_| key.has_expired(now)) {
        return Err(Refusal::new(Reason::ApiKeyExpired).received(format!("{}, valid until {end}", named())));
    }
    if !key.has_scope(rule.scope()) {
        let received = format!("{} for {}", named(), key.scopes.join(", "));
        return Err(Refusal::new(Reason::ApiKeyScope)
            .received(received)
            .expected(format!("a key for {}", rule.scope())));
    }
    const OWN: &str = "the client that the key was made for";
    let Some(bound) = &key.bound else { return Ok(()) };
    match client {
        Client::Verified(identity) if bound.admits(identity) => Ok(()),
        // Not whose it is: that is for the operator, who has `key list`.
        Client::Verified(identity) => Err(Refusal::new(Reason::ApiKeyBound)
            .received(format!("{} from {}", named(), identity.subject))
            .expected(OWN)),
        Client::Anonymous | Client::Rejected(_) => {
            Err(Refusal::new(Reason::ApiKeyBound).received(format!("{} without a certificate", named())).expected(OWN))
        }
    }
}

fn wanted(rule: &ApiKeyRule) -> String {
    format!("{}: KEY, a key for {}", rule.shown(), rule.scope())
}

//! Writes in disguise.

use crate::{
    case::Outcome,
    evidence::{Layer, alike},
    forgery::{Forgery, judge, refused},
    probe::Probe,
};

/// A GET that asks to be another method: what was stored decides, else whether it was answered as the
/// honest write and not as a plain GET.
pub(crate) fn overridden(probe: &Probe<'_>, forged: &Forgery) -> Outcome {
    let exchange = probe.client.send(forged.request(probe));
    if probe.reads_back() {
        return judge(probe, &exchange, Some(&forged.canary));
    }
    let replay = probe.client.replay(&exchange.request);
    let Some(honest) = probe.honest() else { return Outcome::not_tested("an honest write") };
    let plain = probe.client.send(probe.browse(&probe.endpoint));
    match (&exchange.result, &plain.result) {
        (Err(failure), _) => refused(failure.layer(), &failure.to_string(), replay),
        (Ok(answer), Ok(plain)) if alike(answer, plain) => {
            Outcome::held(Layer::Application("it is answered as a plain GET".into()), replay)
        }
        (Ok(answer), _) if alike(answer, honest) => {
            Outcome::vulnerable(format!("it was answered as the honest write was: {}", answer.status), replay)
        }
        (Ok(answer), _) if answer.status >= 400 || answer.is_redirect() => Outcome::held(Layer::behind(answer), replay),
        (Ok(answer), _) => Outcome::inconclusive(format!("{} {}", answer.status, answer.excerpt()), Some(replay)),
    }
}

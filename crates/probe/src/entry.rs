//! Ways in without the certificate that the site asks for.
//!
//! Who gets the holder's own page, or whose write counts, is in. A page that everybody sees alike proves
//! nothing: `--whoami` has to name one that shows who is signed in.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    time::Instant,
};

use crate::{
    answer::Answer,
    case::{Outcome, Verdict},
    client::{Failure, failure},
    credentials::{Certificates, Credentials},
    evidence::{Layer, alike},
    forgery::{judge, refused},
    probe::{Probe, canary},
    request::{Request, Who},
};

/// Whether this is the page that the certificate's holder sees.
pub(crate) fn same_as_holder(probe: &Probe<'_>, answer: &Answer) -> bool {
    alike(answer, &probe.whoami)
}

/// A request by another way, judged by the page it gets.
pub(crate) fn entered(probe: &Probe<'_>, request: Request, by: &str) -> Outcome {
    let exchange = probe.client.send(request);
    let replay = probe.client.replay(&exchange.request);
    match &exchange.result {
        Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
        Ok(answer) if answer.is_success() && same_as_holder(probe, answer) => {
            Outcome::vulnerable(format!("{by}: {} and the page of a holder", answer.status), replay)
        }
        Ok(answer) if answer.status >= 400 || answer.is_redirect() => Outcome::held(Layer::behind(answer), replay),
        Ok(answer) if probe.nobody.as_ref().is_ok_and(|nobody| alike(answer, nobody)) => Outcome::held(
            Layer::Application(format!("let in as nobody: {} {}", answer.status, answer.excerpt())),
            replay,
        ),
        Ok(answer) => Outcome::inconclusive(
            format!("a page that is neither the holder's nor nobody's: {} {}", answer.status, answer.excerpt()),
            Some(replay),
        ),
    }
}

/// The page, then the honest write, by somebody whose certificate must not count.
fn both(probe: &Probe<'_>, who: &Who, by: &str) -> Outcome {
    let page = entered(probe, probe.bare(&probe.site.whoami).by(who.clone()), by);
    if matches!(page.verdict, Verdict::Vulnerable { .. }) {
        return page;
    }
    // A site without an endpoint is judged by its page alone.
    if probe.write_baseline().is_err() {
        return page;
    }
    let canary = canary();
    let exchange = probe.client.send(probe.honest_write(&canary).by(who.clone()));
    let write = judge(probe, &exchange, Some(&canary));
    match write.verdict {
        Verdict::Vulnerable { evidence } => {
            Outcome::vulnerable(format!("{by}: {evidence}"), write.replay.unwrap_or_default())
        }
        _ => Outcome::worst([page, write]),
    }
}

/// With a certificate that must not count.
pub(crate) fn let_in(probe: &Probe<'_>, which: fn(&Certificates) -> Option<Credentials>, needs: &str) -> Outcome {
    match which(probe.certificates) {
        Some(credentials) => both(probe, &Who::Other(credentials), "with that certificate"),
        None => Outcome::not_tested(needs),
    }
}

/// Without any, and without the holder's cookies on the page; its write keeps them, as a thief would.
pub(crate) fn nobody(probe: &Probe<'_>) -> Outcome {
    both(probe, &Who::Nobody, "without a certificate")
}

/// The page over http.
pub(crate) fn plain_http(probe: &Probe<'_>) -> Outcome {
    let target = probe.client.target;
    let address = match probe.site.plain_http {
        Some(address) => address,
        None if target.port == 443 => SocketAddr::new(target.address.ip(), 80),
        None => return Outcome::not_tested("--plain-http HOST:PORT: https is not at port 443"),
    };
    let request = probe.bare(&probe.site.page).with("Connection", "close");
    let replay = format!("curl -i --connect-to ::{address} http://{}{}", target.host, request.path);
    probe.client.turn();
    match ask(address, &request, probe) {
        Ok(answer) if answer.is_redirect() && answer.location().starts_with("https://") => {
            Outcome::held(Layer::Proxy(format!("{} to {}", answer.status, answer.location())), replay)
        }
        Ok(answer) if answer.is_redirect() => Outcome::vulnerable(
            format!("http is answered with a redirect that stays there: {}", answer.location()),
            replay,
        ),
        Ok(answer) if answer.status >= 400 => Outcome::held(Layer::behind(&answer), replay),
        Ok(answer) => Outcome::vulnerable(format!("http is answered: {} {}", answer.status, answer.excerpt()), replay),
        Err(Failure::Tcp(says)) => Outcome::held(Layer::Proxy(format!("nothing listens for http ({says})")), replay),
        Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
    }
}

fn ask(address: SocketAddr, request: &Request, probe: &Probe<'_>) -> Result<Answer, Failure> {
    let patience = probe.client.pace.timeout;
    let tcp = |error: std::io::Error| Failure::Tcp(error.to_string());
    let mut socket = TcpStream::connect_timeout(&address, patience).map_err(tcp)?;
    socket.set_read_timeout(Some(patience)).and_then(|()| socket.write_all(&request.wire())).map_err(tcp)?;
    Answer::read(&mut socket, false, Instant::now() + 2 * patience).map_err(|error| failure(&error))
}

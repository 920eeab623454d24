//! One sentence on why another one answers otherwise. `docs/peers.md` argues at length.

use countersign_core::{Basis, Reason, Refusal, Stage};

use super::super::Asked;

pub(super) fn differs(name: &str, permits: bool, ours: Result<Basis, &Refusal>, asked: &Asked) -> Option<&'static str> {
    match ours {
        Ok(_) if permits => None,
        Err(_) if !permits => None,
        Ok(basis) => Some(we_permit(name, basis)),
        Err(refusal) => Some(we_refuse(name, refusal.reason(), asked)),
    }
}

fn we_permit(name: &str, basis: Basis) -> &'static str {
    match (name, basis) {
        ("Django 6.1", Basis::Machine | Basis::ApiKey) => {
            "it asks programs for a cookie and a token too, unless the view is csrf_exempt"
        }
        ("Django 6.1", _) => {
            "it asks for its token as well; token = \"django\" has the gateway do so before the app runs"
        }
        (_, Basis::Machine | Basis::ApiKey) => "it knows no way for a program to show that no page sent it",
        ("Envoy 1.40", Basis::FetchMetadata | Basis::Navigation) => "it does not know Fetch Metadata",
        _ => "it compares letter by letter, and knows neither default ports nor wildcards",
    }
}

fn we_refuse(name: &str, reason: Reason, asked: &Asked) -> &'static str {
    match reason.info().stage {
        Stage::Identity => "it does not look at who sends a request",
        Stage::ApiKey => "it knows no API keys",
        Stage::Head | Stage::Wire => "it reads one of the two readings, and does not ask whether there is another",
        Stage::Route => "it knows no hosts and routes, or leaves the method to the app",
        Stage::Upstream => "it is not asked about the app",
        Stage::Intent if reason.code().starts_with("csrf-") => "it knows no token",
        Stage::Intent if asked.method == "GET" || asked.method == "CONNECT" => {
            "a WebSocket handshake is a GET to it, which every page may send"
        }
        Stage::Intent => match (name, reason) {
            ("Go 1.27", Reason::IntentMissing) => {
                "it takes what bears neither Origin nor Sec-Fetch-Site for no browser's; here a program has to show that it is one"
            }
            ("Go 1.27", Reason::OriginMismatch | Reason::OriginMalformed | Reason::OriginNull) => {
                "it believes Sec-Fetch-Site alone, and compares hosts without their scheme"
            }
            ("Go 1.27", _) => "it looks at Sec-Fetch-Site and, without that, at the host of Origin alone",
            ("Envoy 1.40", _) => {
                "it looks at POST, PUT, DELETE and PATCH alone, and compares hosts without their scheme"
            }
            _ => "it has its token for proof, and does not know Fetch Metadata",
        },
    }
}

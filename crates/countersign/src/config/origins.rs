//! `trusted_origins` of a site.

use countersign_core::{TrustedOrigin, TrustedOriginError};

use super::section::Section;

pub(super) fn read(section: &Section<'_>) -> Vec<TrustedOrigin> {
    let mut origins = Vec::new();
    for item in section.items("trusted_origins") {
        let text = item.text();
        match TrustedOrigin::parse(text) {
            Ok(origin) if origins.contains(&origin) => {
                item.error(format!("{:?} is listed twice", origin.to_string()), "remove one of the two");
            }
            Ok(origin) => {
                if text.contains('*') {
                    item.warn(
                        format!(
                            "every page on every host of {text:?} may act for your clients, one that was taken over too"
                        ),
                        "list the origins one by one",
                    );
                }
                origins.push(origin);
            }
            Err(error) => item.error(format!("invalid origin {text:?}: {error}"), help(text, error)),
        }
    }
    origins
}

pub(super) fn help(text: &str, error: TrustedOriginError) -> String {
    if error == TrustedOriginError::Null {
        return "remove it; let the page have an origin (no sandbox, no data: URL)".into();
    }
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let guess = format!("https://{}", host.strip_suffix(":443").unwrap_or(host).trim_end_matches('.'));
    match TrustedOrigin::parse(&guess) {
        Ok(_) if error == TrustedOriginError::Insecure => format!("serve that page with https and write {guess:?}"),
        Ok(_) => format!("write {guess:?}"),
        Err(_) => "write \"https://partner.example.com\"".into(),
    }
}

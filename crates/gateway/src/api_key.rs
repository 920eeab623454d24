//! What becomes of an API key after it was checked: the app learns of it from the assertion, and its
//! secret goes no further.
//!
//! - The route's own header is removed, unless the route says `forward = true`.
//! - In the header of another route of the site goes whatever looks like one of our keys (`csk_…`): a
//!   client that took the wrong path must not leave its key in the app's log. Another value is the app's
//!   own matter, since a route that asks for no key of ours leaves the app free to have keys of its own.

use countersign_core::{ApiKeyText, Permit};
use http::HeaderMap;

/// Removes from the headers of a permitted request what the app is not to see.
pub(crate) fn hide(headers: &mut HeaderMap, permit: &Permit<'_>) {
    let rule = permit.route().api_key.as_ref();
    for name in permit.site().routes.api_key_headers() {
        let own = rule.filter(|rule| rule.header() == &**name);
        let goes = match own {
            Some(rule) => !rule.forward(),
            None => headers.get_all(&**name).iter().any(|value| ApiKeyText::is_meant(value.as_bytes())),
        };
        if goes {
            headers.remove(&**name);
        }
    }
}

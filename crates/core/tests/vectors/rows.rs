//! The rows of the attack matrix (csrf.md section 4), and which of them vectors show.

/// What shows a row.
pub(crate) enum Shown {
    /// Vectors, in full.
    Vectors,
    /// Vectors show what the rules on the head answer; the rest is shown elsewhere.
    HeadOnly(&'static str),
}

use Shown::{HeadOnly, Vectors};

pub(crate) static ROWS: &[(u8, &str, Shown)] = &[
    (1, "classic cross-site", Vectors),
    (2, "missing token, good Origin", Vectors),
    (3, "garbage token", Vectors),
    (4, "token without cookie", Vectors),
    (5, "attacker's token, victim's cookie", Vectors),
    (6, "tossed cookie and own token, good Origin", HeadOnly("bound cookies drop what another certificate got")),
    (7, "the same from a sibling", Vectors),
    (8, "duplicate cookie", HeadOnly("cookies are read by the cookie step")),
    (9, "Origin: null", Vectors),
    (10, "empty Origin", Vectors),
    (11, "suffix and prefix hosts", Vectors),
    (12, "scheme downgrade", Vectors),
    (13, "port", Vectors),
    (14, "case and trailing dot of Host", Vectors),
    (15, "what is no origin", Vectors),
    (16, "two Origins", Vectors),
    (17, "trusted host over http", Vectors),
    (18, "wildcards", Vectors),
    (19, "no Origin, no Referer", Vectors),
    (20, "no Origin, evil Referer", Vectors),
    (21, "http Referer", Vectors),
    (22, "Referer tricks", Vectors),
    (23, "null Origin, good Referer", Vectors),
    (24, "Sec-Fetch-Site same-site", Vectors),
    (25, "Sec-Fetch-Site none", Vectors),
    (26, "Sec-Fetch-Site same-origin, evil Origin", Vectors),
    (27, "duplicate, listed and unknown Sec-Fetch-Site", Vectors),
    (28, "no Sec-Fetch-Site over http", HeadOnly("there is no http: the http listener only redirects")),
    (
        29,
        "state change by GET",
        HeadOnly("GET is safe; override headers are dropped (protected.rs), the auditor reports"),
    ),
    (30, "POST with override to GET", Vectors),
    (31, "TRACE", Vectors),
    (32, "other methods", Vectors),
    (33, "lower-case method", Vectors),
    (34, "simple content types", Vectors),
    (35, "parser differentials of the body", Vectors),
    (36, "exempt path, cross-site", Vectors),
    (37, "exempt path and dot segments", Vectors),
    (38, "look-alikes of exempt paths", Vectors),
    (39, "absolute-form target", Vectors),
    (40, "Host evil, Origin evil", Vectors),
    (41, "cross-site WebSocket hijacking", Vectors),
    (42, "CORS preflight", HeadOnly("the gateway answers from declared policy")),
    (43, "custom header without preflight", Vectors),
    (44, "307 and 308 replay", Vectors),
    (45, "login CSRF", Vectors),
    (46, "login CSRF by a network attacker", Vectors),
    (47, "underscore headers", Vectors),
    (48, "HTTP/2: cookies, authority, extended CONNECT, coalescing", HeadOnly("joining cookies is the gateway's")),
    (49, "client-side CSRF", HeadOnly("out of scope: the request is the site's own")),
];

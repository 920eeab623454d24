//! Why ours is right where another one answers otherwise. One entry for each reason or basis that
//! they can differ on; the first that names it counts.

pub(crate) struct Argument {
    pub(crate) title: &'static str,
    /// Reasons of ours that they permit, or bases of ours that they refuse.
    pub(crate) codes: &'static [&'static str],
    pub(crate) why: &'static str,
}

/// We permit, they refuse.
pub(crate) static PERMITTED: &[Argument] = &[
    Argument {
        title: "Two spellings of one origin",
        codes: &["same-origin"],
        why: "They compare bytes. `https` has the default port 443, and scheme and host have no case (RFC 6454 section 4, RFC 3986 section 6.2.2.1): the origin is the own one, however it is written. Nobody else can claim it: a browser writes `Origin` itself.",
    },
    Argument {
        title: "A trusted origin with a wildcard",
        codes: &["trusted-origin"],
        why: "They know exact origins only. Ours may stand for one label (`https://*.example.com`), and that only where an operator wrote it; it never stands for the apex or for two labels.",
    },
];

/// We refuse, they permit.
pub(crate) static REFUSED: &[Argument] = &[
    Argument {
        title: "Who sends it",
        codes: &["client-cert-*", "client-not-allowed"],
        why: "They judge intent alone. Behind mutual TLS a request without a valid certificate, or of somebody who may not call the route, is nobody's to permit; that it is no forgery does not make it the client's.",
    },
    Argument {
        title: "An API key that does not count",
        codes: &["api-key-*"],
        why: "They know none. The route asks for one.",
    },
    Argument {
        title: "A head that can be read in two ways",
        codes: &[
            "header-duplicate",
            "header-name-ambiguous",
            "host-malformed",
            "host-missing",
            "host-mismatch",
            "method-malformed",
            "path-ambiguous",
            "path-malformed",
            "target-malformed",
        ],
        why: "They read the first of two fields, or never look at what is ambiguous. Between a gateway and an app each ambiguity is a second reading: the policy of one path and the view of another (Go's bypass patterns were open to this, CVE-2025-47910), the `Origin` that was judged and the one that counts. RFC 9112 section 3.2 asks for 400 where Host is missing, repeated or invalid. What is refused here no browser sends.",
    },
    Argument {
        title: "A host that is not served",
        codes: &["misdirected-request"],
        why: "They compare `Origin` with `Host` and ask nobody whether the host is the server's. After DNS rebinding both name the attacker's, and agree. RFC 9110 section 15.5.20.",
    },
    Argument {
        title: "Routes and methods",
        codes: &["route-not-found", "method-not-allowed", "method-refused"],
        why: "They have no routes, which is their callers' to add. TRACE and CONNECT have no use before an app; TRACE would repeat the headers that were added (RFC 9110 section 9.3.8).",
    },
    Argument {
        title: "CORS preflights",
        codes: &["preflight-refused", "cors-*"],
        why: "An OPTIONS is safe to them, and goes on to an app that may grant too much. Here a preflight is answered from what the operator declared, or refused, and never forwarded: Chromium sends the client certificate with it.",
    },
    Argument {
        title: "Routes for programs",
        codes: &["browser-on-machine-route", "machine-marker-missing"],
        why: "They take whatever bears neither `Sec-Fetch-Site` nor `Origin` for no browser. That is an argument from absence: an old browser, or a proxy that strips headers, looks the same. A route for programs asks for what a page cannot send without a preflight, and refuses what only a page sends.",
    },
    Argument {
        title: "Nothing that tells where it comes from",
        codes: &["intent-missing"],
        why: "Same argument from absence, on a route for browsers: both permit by design, and say so. With a certificate that every page of the browser can use, a request must show where it comes from; a program calls a route with `audience = \"machine\"` or `\"any\"` and one more header.",
    },
    Argument {
        title: "A foreign Referer",
        codes: &["referer-*"],
        why: "They never look at `Referer`. Where a browser tells nothing else, it is evidence, and here it speaks against the request (OWASP, Django).",
    },
    Argument {
        title: "WebSockets, and Origins that are not ours",
        codes: &["origin-missing", "origin-mismatch", "origin-null", "origin-malformed"],
        why: "A WebSocket handshake is a GET to them and passes from any page; Chromium sends it with the certificate and without Fetch Metadata (RFC 6455 section 10.2 leaves `Origin` to the server). Go compares hosts without the scheme, so that a page that a network attacker made at `http://` the own host passes, and `Origin: https://evil@app.example.com` too (open issue 78563); the empty `Origin` is none to both. `Sec-Fetch-Site: same-origin` or `none` lets both ignore an `Origin` that says otherwise.",
    },
    Argument {
        title: "Fetch Metadata that contradicts itself",
        codes: &["fetch-metadata-malformed", "fetch-metadata-contradiction"],
        why: "They believe the one field and do not look at the other. No browser sends both; something between it and us did, and then neither is evidence.",
    },
    Argument {
        title: "Sec-Fetch-Site: none that is no navigation",
        codes: &["not-a-navigation"],
        why: "`none` is what a person caused: an address typed, a bookmark. Such a request is a navigation; others with `none` come from extensions and tools, and they permit them.",
    },
    Argument {
        title: "Django's token",
        codes: &["csrf-*"],
        why: "They know none. The route asks for it, as the app behind it does.",
    },
];

/// The argument for a code; an entry that ends in `*` stands for all that begin so.
pub(crate) fn of(arguments: &'static [Argument], code: &str) -> Option<&'static Argument> {
    arguments.iter().find(|argument| {
        argument.codes.iter().any(|known| match known.strip_suffix('*') {
            Some(start) => code.starts_with(start),
            None => *known == code,
        })
    })
}

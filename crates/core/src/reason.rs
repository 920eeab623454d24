//! Every reason for which a request is refused: the only list.
//!
//! A code is stable: it stands in logs, metrics, the `Countersign-Reason` header and people's
//! alerts, and is never reused for something else. Each entry says what happened (`text`), which
//! attack or ambiguity that could be (`why`), where it is specified (`spec`) and what the person
//! who reads it can do (`fix`). Adding a reason is one entry here plus its vector or process test;
//! `crates/core/tests/vectors` fails when either is missing.

/// Where on a request's way a reason arises, and so which tests must show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The bytes of the head, before there is a [`Head`](crate::Head): shown by vectors.
    Head,
    /// The bytes on the wire, seen by the gateway alone: shown by process tests.
    Wire,
    /// Site and route: shown by vectors.
    Route,
    /// The client's certificate: shown by vectors with a client that was judged before.
    Identity,
    /// The API key that a route asks for: shown by vectors.
    ApiKey,
    /// The intent rules: shown by vectors.
    Intent,
    /// The app behind the gateway: shown by process tests.
    Upstream,
}

/// What there is to say about a [`Reason`].
#[derive(Clone, Copy, Debug)]
pub struct ReasonInfo {
    /// Stable identifier, `lower-case-with-hyphens`.
    pub code: &'static str,
    /// HTTP status of the refusal.
    pub status: u16,
    /// Where it arises.
    pub stage: Stage,
    /// What happened, one sentence without a full stop.
    pub text: &'static str,
    /// Why that is refused.
    pub why: &'static str,
    /// The text that it rests on.
    pub spec: &'static str,
    /// What the reader can do.
    pub fix: &'static str,
}

macro_rules! reasons {
    ($($variant:ident $code:literal $status:literal $stage:ident {
        text: $text:literal, why: $why:literal, spec: $spec:literal, fix: $fix:literal $(,)?
    })*) => {
        /// Why a request was refused. [`Reason::info`] has the words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason { $(#[doc = $text] $variant,)* }

        /// All reasons, in the order in which a request meets them.
        pub static REASONS: &[Reason] = &[$(Reason::$variant,)*];

        impl Reason {
            /// Code, status and texts.
            #[must_use]
            pub const fn info(self) -> &'static ReasonInfo {
                match self { $(Reason::$variant => &ReasonInfo {
                    code: $code, status: $status, stage: Stage::$stage,
                    text: $text, why: $why, spec: $spec, fix: $fix,
                },)* }
            }
        }
    };
}

impl Reason {
    /// The stable identifier.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.info().code
    }

    /// Its place in [`REASONS`], for tables with a row for each.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        REASONS.iter().copied().find(|r| r.code() == code)
    }
}

reasons! {
    // ---- the wire
    RequestMalformed "request-malformed" 400 Wire {
        text: "the bytes received are no HTTP request",
        why: "a request that does not parse cannot be judged",
        spec: "RFC 9112 section 2.2",
        fix: "send a well-formed HTTP/1.1 or HTTP/2 request",
    }
    LineEndingBare "line-ending-bare" 400 Wire {
        text: "a line of the request head ends in LF without CR",
        why: "servers differ on whether that ends a line, which is how one request is smuggled inside another",
        spec: "RFC 9112 section 2.2",
        fix: "end every line of the head with CR LF",
    }
    FramingAmbiguous "framing-ambiguous" 400 Wire {
        text: "the request states the length of its body in two ways, or in one that is not allowed",
        why: "two servers on the path could disagree where the body ends and read the rest as another request",
        spec: "RFC 9112 section 6.3",
        fix: "send exactly one Content-Length, or Transfer-Encoding: chunked, never both",
    }
    HeadersTooLarge "headers-too-large" 431 Wire {
        text: "the request head is larger than this gateway accepts",
        why: "an unlimited head is unlimited memory",
        spec: "RFC 6585 section 5",
        fix: "send fewer or smaller headers (often: cookies); limits.max_header_bytes and limits.max_headers set the limits",
    }
    BodyTooLarge "body-too-large" 413 Wire {
        text: "the request body is larger than this gateway accepts",
        why: "an unlimited body is unlimited work for the app",
        spec: "RFC 9110 section 15.5.14",
        fix: "send less at once; limits.max_body_bytes sets the limit",
    }
    BodyTimeout "body-timeout" 408 Wire {
        text: "the request body stopped arriving",
        why: "a client that never finishes would hold a connection to the app for ever",
        spec: "RFC 9110 section 15.5.9",
        fix: "send the body without long pauses; limits.body_timeout sets the limit",
    }
    BodyMalformed "body-malformed" 400 Wire {
        text: "the request body broke off, or its chunks are malformed",
        why: "the app must never take half a body for a whole one",
        spec: "RFC 9112 section 7.1",
        fix: "send the whole body",
    }
    UpgradeMalformed "upgrade-malformed" 400 Wire {
        text: "the WebSocket handshake lacks its key or version, or asks for an upgrade that was not agreed",
        why: "only a complete handshake may turn a connection into a tunnel",
        spec: "RFC 6455 section 4.2.1",
        fix: "send Sec-WebSocket-Key and Sec-WebSocket-Version: 13",
    }

    // ---- the head
    MethodMalformed "method-malformed" 400 Head {
        text: "the method is not written in upper case",
        why: "methods are case-sensitive, but some servers upper-case them: get would then be judged as one method and run as another",
        spec: "RFC 9110 section 9.1",
        fix: "write the method in upper case",
    }
    MethodRefused "method-refused" 405 Head {
        text: "TRACE and CONNECT are never forwarded",
        why: "TRACE sends the request's headers back, the identity among them; CONNECT would make a tunnel past every rule",
        spec: "RFC 9110 sections 9.3.6 and 9.3.8",
        fix: "use another method",
    }
    HeaderDuplicate "header-duplicate" 400 Head {
        text: "a header that may occur once occurs several times",
        why: "the gateway and the app could each believe another one",
        spec: "RFC 9110 section 5.3",
        fix: "send it once",
    }
    HeaderNameAmbiguous "header-name-ambiguous" 400 Head {
        text: "a header's name is another spelling of one that the decision depends on",
        why: "WSGI and CGI fold X_CSRFToken and X-CSRFToken into one variable, so the app could read what the gateway did not",
        spec: "RFC 3875 section 4.1.18",
        fix: "write header names with letters, digits and hyphens only",
    }
    HostMissing "host-missing" 400 Head {
        text: "the request has no Host",
        why: "without it there is no site, and no origin to compare with",
        spec: "RFC 9112 section 3.2",
        fix: "send one Host header",
    }
    HostMalformed "host-malformed" 400 Head {
        text: "the Host is not a host name with an optional port",
        why: "servers read user names, trailing dots, spaces and empty ports in Host differently",
        spec: "RFC 9110 section 7.2",
        fix: "send Host: name or Host: name:port",
    }
    HostMismatch "host-mismatch" 400 Head {
        text: "the request target names another host than the Host header",
        why: "the gateway could judge one site and the app serve the other",
        spec: "RFC 9112 section 3.2.2 and RFC 9113 section 8.3.1",
        fix: "send the same host in both places",
    }
    TargetMalformed "target-malformed" 400 Head {
        text: "the request target is not a path with an optional query",
        why: "fragments, user names, raw non-ASCII and control characters are read differently by each server",
        spec: "RFC 9112 section 3.2",
        fix: "send an absolute path, percent-encoded",
    }
    PathMalformed "path-malformed" 400 Head {
        text: "the path holds a bad escape, a control character or bytes that are not UTF-8",
        why: "servers decode such a path in different ways",
        spec: "RFC 3986 section 2.1",
        fix: "percent-encode the path as UTF-8",
    }
    PathAmbiguous "path-ambiguous" 400 Head {
        text: "the path can be read in two ways: dot segments, empty segments, encoded separators or an escaped escape",
        why: "a rule for one path could be matched while the app serves another (/open/..%2fadmin)",
        spec: "RFC 3986 section 6.2.2",
        fix: "send the path in its simplest form",
    }

    HttpsRequired "https-required" 403 Wire {
        text: "this method was sent in clear, where only GET and HEAD are sent on to https",
        why: "whatever it said, the network has read already; a redirect would hide that",
        spec: "RFC 6797 section 7.2",
        fix: "send it to the https address in the first place",
    }

    // ---- site and route
    MisdirectedRequest "misdirected-request" 421 Route {
        text: "this connection was made for another site",
        why: "the client was judged by the trust of the host it named in the TLS handshake; another host may ask for other proof",
        spec: "RFC 9110 section 15.5.20",
        fix: "open a new connection for this host; if the host should be served, add it to the site's hosts",
    }
    RouteNotFound "route-not-found" 404 Route {
        text: "no route of this site matches the path",
        why: "what has no policy is not forwarded",
        spec: "RFC 9110 section 15.5.5",
        fix: "add a [[site.route]] for it, or one with path = \"/\"",
    }
    MethodNotAllowed "method-not-allowed" 405 Route {
        text: "the route does not take this method",
        why: "the route lists its methods",
        spec: "RFC 9110 section 15.5.6",
        fix: "use a method of the Allow header, or add the method to the route",
    }
    PreflightRefused "preflight-refused" 403 Route {
        text: "a CORS preflight was refused: pages of other origins have no business here",
        why: "a browser sends preflights without a certificate (Firefox) or with one (Chromium); the app must never answer for a policy that it does not know",
        spec: "Fetch standard, CORS-preflight fetch",
        fix: "call from the site's own pages, or declare cors for the site; a route for machines has no preflights, call it from a program",
    }
    CorsOrigin "cors-origin-refused" 403 Route {
        text: "a CORS preflight came from an origin that the site's policy does not name",
        why: "the policy says whose pages may ask; an answer to any other page would let it read what only the certificate's holder may see",
        spec: "Fetch standard, CORS protocol",
        fix: "add the origin, with https:// and without a trailing slash, to cors.origins (and to trusted_origins for unsafe methods) if its pages may act for your clients",
    }
    CorsMethod "cors-method-refused" 403 Route {
        text: "a CORS preflight asks for a method that the site's policy does not name",
        why: "pages of other origins may use the declared methods alone",
        spec: "Fetch standard, CORS protocol",
        fix: "add the method to cors.methods if pages of other origins may use it",
    }
    CorsHeader "cors-header-refused" 403 Route {
        text: "a CORS preflight asks to send a header that the site's policy does not name",
        why: "a header that no page can send without leave is what tells programs from pages, so leave is given one by one",
        spec: "Fetch standard, CORS protocol",
        fix: "add the header to cors.headers if pages of other origins may send it",
    }
    CorsPrivateNetwork "cors-private-network-refused" 403 Route {
        text: "a page of a public site asks to reach this site in a private network",
        why: "such pages attack services that rely on not being reachable from outside",
        spec: "Private Network Access, preflight request",
        fix: "write private_network = true in cors if that page may do so",
    }

    CookieDuplicate "cookie-duplicate" 400 Wire {
        text: "the request has two different values of one bound cookie, and both were given to this client",
        why: "servers differ in which of the two they take, so that whoever can add a cookie could choose the session",
        spec: "RFC 6265 section 4.2.2",
        fix: "delete the cookies of this site in the browser and log in again; an app must set a cookie with one path and domain only",
    }

    // ---- identity
    ClientCertMissing "client-cert-missing" 403 Identity {
        text: "no client certificate was sent",
        why: "this site identifies its users by certificate",
        spec: "RFC 8446 section 4.3.2",
        fix: "import your certificate into the browser (or pass --cert and --key to curl), then open a new connection",
    }
    ClientCertExpired "client-cert-expired" 403 Identity {
        text: "the client certificate has expired",
        why: "a certificate counts only inside its validity",
        spec: "RFC 5280 section 4.1.2.5",
        fix: "ask the issuer for a new certificate",
    }
    ClientCertNotYetValid "client-cert-not-yet-valid" 403 Identity {
        text: "the client certificate is not valid yet",
        why: "a certificate counts only inside its validity",
        spec: "RFC 5280 section 4.1.2.5",
        fix: "check the clocks of the issuer and of this machine, or wait",
    }
    ClientCertUnknownCa "client-cert-unknown-ca" 403 Identity {
        text: "the client certificate was issued by a CA that this site does not accept",
        why: "anybody can issue a certificate with any name; only the site's own CAs vouch for one",
        spec: "RFC 5280 section 6.1",
        fix: "choose another certificate, send the intermediate CAs with it, or add its CA to the site's trust",
    }
    ClientCertWrongUsage "client-cert-wrong-usage" 403 Identity {
        text: "the certificate was not issued to identify a client",
        why: "a server's or a CA's certificate must not open the door as a user",
        spec: "RFC 5280 sections 4.2.1.9 and 4.2.1.12",
        fix: "use a certificate with the extended key usage clientAuth",
    }
    ClientCertMalformed "client-cert-malformed" 403 Identity {
        text: "the client certificate, or a CA of its chain, is malformed or holds what this gateway does not accept",
        why: "a name that cannot be read in one way could be taken for another's; control characters could reach a header",
        spec: "RFC 5280 sections 4.1 and 4.2",
        fix: "ask the issuer for a certificate without the part that is named here",
    }
    ClientCertChainTooLong "client-cert-chain-too-long" 403 Identity {
        text: "there are more CAs between the client certificate and the trusted one than allowed",
        why: "a long chain means that authority was passed on further than intended",
        spec: "RFC 5280 section 4.2.1.9",
        fix: "use a certificate issued nearer to the trusted CA, or raise max_depth",
    }
    ClientCertBadSignature "client-cert-bad-signature" 403 Identity {
        text: "a signature in the certificate chain does not hold, or uses an algorithm that is not accepted",
        why: "an altered certificate proves nothing",
        spec: "RFC 5280 section 6.1.3",
        fix: "reinstall the certificate, or ask the issuer for one with SHA-256 and RSA 2048, P-256 or better",
    }
    ClientCertWeakKey "client-cert-weak-key" 403 Identity {
        text: "a key in the certificate chain is too weak, or of a kind that is not accepted",
        why: "whoever can compute the private key from the public one can be anybody",
        spec: "RFC 8446 section 4.2.3 and NIST SP 800-57 part 1",
        fix: "ask the issuer for a certificate with an RSA key of 2048 bits or more, P-256, P-384, P-521 or Ed25519",
    }
    ClientCertNameConstraint "client-cert-name-constraint" 403 Identity {
        text: "the certificate bears a name that its CA may not give, or that cannot be checked",
        why: "the CA was limited to some names, and a limit that cannot be checked counts as broken",
        spec: "RFC 5280 section 4.2.1.10",
        fix: "ask the issuer for a certificate inside the CA's name constraints",
    }
    ClientCertTooLarge "client-cert-too-large" 403 Identity {
        text: "the client certificate does not fit into the headers that tell it to the app",
        why: "the app's server would answer with an error of its own, and without the header the app would take a known client for an anonymous one",
        spec: "RFC 9440 section 3.2",
        fix: "ask the issuer for a smaller certificate (fewer names), or use fewer identity formats, or one that does not carry the certificate",
    }
    ClientCertRevoked "client-cert-revoked" 403 Identity {
        text: "the client certificate, or a CA of its chain, was revoked",
        why: "whoever asked for that no longer vouches for the holder; the key may be in other hands",
        spec: "RFC 5280 sections 5 and 6.3",
        fix: "use the certificate that replaced it, or ask the issuer; an entry of the deny list is the operator's to remove",
    }
    ClientCertCrlStale "client-cert-crl-stale" 403 Identity {
        text: "the site's list of revoked certificates is out of date; this is not your fault, and your certificate may be in order",
        why: "what was revoked since the list was made is not known, so that nobody can be let in",
        spec: "RFC 5280 sections 5.1.2.5 and 6.3.3",
        fix: "tell the site's operator, who puts the CA's current CRL in the place of the old one; crl_stale = \"grace:6h\" bridges short delays",
    }
    ClientCertCrlMissing "client-cert-crl-missing" 403 Identity {
        text: "the site has no list of revoked certificates for a CA of this chain; this is not your fault, and your certificate may be in order",
        why: "a site that checks for revocation checks every certificate of the chain, and what was never looked up is not known to be good",
        spec: "RFC 5280 section 6.3.3",
        fix: "tell the site's operator, who adds the CRL of each CA, intermediate ones too, to crl of the site's trust",
    }
    ClientNotAllowed "client-not-allowed" 403 Identity {
        text: "this certificate may not use this route",
        why: "the route lists the identities that it is for",
        spec: "RFC 9110 section 15.5.4",
        fix: "use a certificate that the route's allow rules name",
    }

    // ---- the API key
    ApiKeyMissing "api-key-missing" 401 ApiKey {
        text: "this route takes no request without an API key",
        why: "a certificate says whose program it is, the key says what it may do",
        spec: "RFC 9110 section 15.5.2",
        fix: "send the key in the header that is named here, not in the query; `countersign key new` makes one",
    }
    ApiKeyUnknown "api-key-unknown" 401 ApiKey {
        text: "there is no such API key",
        why: "nothing more is told, so that nobody can find out which keys exist",
        spec: "RFC 9110 section 15.5.2",
        fix: "check that the whole key was copied, csk_ and the last letter included; the operator sees with `countersign key list` which keys this site has",
    }
    ApiKeyRevoked "api-key-revoked" 401 ApiKey {
        text: "the API key was revoked",
        why: "whoever asked for that no longer vouches for its holder",
        spec: "RFC 9110 section 15.5.2",
        fix: "use the key that replaced it, or ask the operator for one",
    }
    ApiKeyExpired "api-key-expired" 401 ApiKey {
        text: "the API key has expired",
        why: "a key that ends limits what a lost one is worth",
        spec: "RFC 9110 section 15.5.2",
        fix: "ask the operator for a new key",
    }
    ApiKeyScope "api-key-scope" 403 ApiKey {
        text: "the API key is not for this route",
        why: "a key is good for its scopes alone, so that a lost one opens little",
        spec: "RFC 9110 section 15.5.4",
        fix: "use a key with the scope that is named here, or ask the operator for one",
    }
    ApiKeyBound "api-key-bound" 403 ApiKey {
        text: "the API key belongs to another client",
        why: "it was bound to a certificate or an identity, so that it is worthless to whoever copied it",
        spec: "RFC 9110 section 15.5.4",
        fix: "use the key with the certificate that it was made for, or ask the operator for one of your own; `countersign key list` says whose it is",
    }

    // ---- intent
    OriginNull "origin-null" 403 Intent {
        text: "the Origin is null",
        why: "a sandboxed frame, a data: page or a cross-site redirect hides where the request comes from",
        spec: "Fetch standard, append a request Origin header",
        fix: "send the form from an ordinary page of the site; a no-referrer policy on the sending page also causes this",
    }
    OriginMalformed "origin-malformed" 403 Intent {
        text: "the Origin is not an origin as browsers write it",
        why: "no browser sends it, so it is made to confuse a parser",
        spec: "RFC 6454 section 7 and the Fetch standard",
        fix: "send scheme://host or scheme://host:port, nothing more",
    }
    OriginMismatch "origin-mismatch" 403 Intent {
        text: "the page that sent this request belongs to another site",
        why: "a browser sends the certificate with it all the same: this is cross-site request forgery",
        spec: "RFC 6454, OWASP CSRF Prevention: verifying origin",
        fix: "if that page is yours, add its origin to trusted_origins; if a proxy stands in front, have it keep Host",
    }
    OriginMissing "origin-missing" 403 Intent {
        text: "a WebSocket handshake without Origin",
        why: "every browser sends it, and without it a foreign page's socket cannot be told from the site's own",
        spec: "RFC 6455 section 10.2",
        fix: "send Origin with the site's own origin; a machine client calls a route with audience machine or any",
    }
    FetchMetadataMalformed "fetch-metadata-malformed" 403 Intent {
        text: "Sec-Fetch-Site has an unknown value, or other Sec-Fetch headers came without it",
        why: "browsers send all of them with known values; anything else was written by hand or by a broken proxy",
        spec: "W3C Fetch Metadata Request Headers",
        fix: "pass the browser's Sec-Fetch headers on unchanged",
    }
    FetchMetadataContradiction "fetch-metadata-contradiction" 403 Intent {
        text: "Origin and Sec-Fetch-Site contradict each other",
        why: "one of them was changed on the way, so neither can be believed",
        spec: "W3C Fetch Metadata Request Headers",
        fix: "find the proxy or extension that rewrites Origin, Host or Sec-Fetch-Site",
    }
    CrossSite "cross-site" 403 Intent {
        text: "the browser says that another site's page sent this request",
        why: "a browser sends the certificate with it all the same: this is cross-site request forgery",
        spec: "W3C Fetch Metadata Request Headers",
        fix: "send the request from a page of the site itself",
    }
    SameSiteForeign "same-site" 403 Intent {
        text: "the browser says that a page of a sibling host sent this request",
        why: "a sibling host is another origin; one taken-over subdomain must not act for all",
        spec: "W3C Fetch Metadata Request Headers",
        fix: "send it from the site's own origin, or list the sibling in trusted_origins",
    }
    NotANavigation "not-a-navigation" 403 Intent {
        text: "Sec-Fetch-Site is none, but this is no navigation",
        why: "only the user's own act in the browser's chrome has no initiator, and that is a navigation",
        spec: "W3C Fetch Metadata Request Headers",
        fix: "send the request from a page of the site itself",
    }
    RefererMalformed "referer-malformed" 403 Intent {
        text: "the Referer is not an https or http address",
        why: "it is the only evidence here, and it cannot be read",
        spec: "RFC 9110 section 10.1.3",
        fix: "send Origin, or a Referer that is an absolute address",
    }
    RefererInsecure "referer-insecure" 403 Intent {
        text: "the Referer is an http page",
        why: "whoever controls the network can write such a page for any host",
        spec: "Django CsrfViewMiddleware, strict Referer checking",
        fix: "serve the sending page over https",
    }
    RefererMismatch "referer-mismatch" 403 Intent {
        text: "the page that sent this request belongs to another site",
        why: "a browser sends the certificate with it all the same: this is cross-site request forgery",
        spec: "Django CsrfViewMiddleware, strict Referer checking",
        fix: "if that page is yours, add its origin to trusted_origins",
    }
    IntentMissing "intent-missing" 403 Intent {
        text: "nothing shows which page sent this request",
        why: "every current browser sends Origin on such a request; without it, nobody can tell a forgery from an honest request",
        spec: "OWASP CSRF Prevention: verifying origin",
        fix: "a browser: remove what strips Origin and Referer; a machine client: call a route with audience machine or any, with Countersign-Client: NAME or a JSON content type, and without Origin, Referer, Cookie and Sec-Fetch headers",
    }
    BrowserOnMachineRoute "browser-on-machine-route" 403 Intent {
        text: "a browser's request on a route for machine clients",
        why: "the route has no CSRF token, so a page in any browser that holds a certificate could use it",
        spec: "OWASP CSRF Prevention: custom request headers",
        fix: "a machine client sends no Origin, Referer, Cookie or Sec-Fetch headers; for pages, set audience = \"any\" or \"browser\"",
    }
    MachineMarkerMissing "machine-marker-missing" 403 Intent {
        text: "nothing shows that this request was not sent by a web page",
        why: "a form can send this without asking anybody; a header of its own or a JSON content type cannot leave a page without a preflight, which is refused here",
        spec: "Fetch standard, CORS-safelisted request-header",
        fix: "add Countersign-Client: NAME, for example curl -H 'Countersign-Client: curl'",
    }

    // ---- the token
    CsrfOriginFailed "csrf-origin-failed" 403 Intent {
        text: "Django would not take the Origin",
        why: "it is neither the app's own, byte by byte, nor one of its CSRF_TRUSTED_ORIGINS",
        spec: "Django CsrfViewMiddleware, Origin",
        fix: "name the origin in CSRF_TRUSTED_ORIGINS of the app and in [site.django] trusted_origins",
    }
    CsrfRefererFailed "csrf-referer-failed" 403 Intent {
        text: "Django would not take the Referer",
        why: "without Origin, Django asks over https for a Referer of the app's own host or of a trusted one",
        spec: "Django CsrfViewMiddleware, strict Referer",
        fix: "send Origin, or a Referer; see CSRF_TRUSTED_ORIGINS and CSRF_COOKIE_DOMAIN of the app",
    }
    CsrfCookieMissing "csrf-cookie-missing" 403 Intent {
        text: "the CSRF cookie was not sent",
        why: "the token is compared with it; without it anybody could have written the token",
        spec: "Django CsrfViewMiddleware, double submit cookie",
        fix: "open the page with the form again and allow cookies; a script calls a page that sets the cookie first",
    }
    CsrfCookieMalformed "csrf-cookie-malformed" 403 Intent {
        text: "the CSRF cookie is not one that Django sets",
        why: "a cookie of another form was set by somebody else, a sibling host perhaps",
        spec: "Django CsrfViewMiddleware, format of the secret",
        fix: "delete the cookie and open the page again: Django sets a new one",
    }
    CsrfFormMalformed "csrf-form-malformed" 400 Intent {
        text: "the form cannot be read, or could be read in two ways",
        why: "Django refuses it as well, or its releases read it differently: the token that was checked must be the one that the app sees",
        spec: "RFC 7578, WHATWG URL standard, Django's limits on forms",
        fix: "send the form as browsers do: UTF-8, plain parameters, at most 1000 fields, 100 files and 2.5 MB beside files",
    }
    CsrfFormTooLarge "csrf-form-too-large" 413 Wire {
        text: "no token stands in the first part of a form that is too large to be read whole",
        why: "the gateway holds a bounded part of a form, and nothing goes to the app before its token was seen",
        spec: "RFC 9110 section 15.5.14",
        fix: "put {% csrf_token %} first in the form, or send the X-CSRFToken header; send Content-Length; limits.max_form_bytes sets the limit",
    }
    CsrfTokenMissing "csrf-token-missing" 403 Intent {
        text: "the CSRF token is missing",
        why: "a page that cannot read the site's own pages does not know it",
        spec: "Django CsrfViewMiddleware",
        fix: "put {% csrf_token %} into the form, or send the cookie's value in X-CSRFToken",
    }
    CsrfTokenMalformed "csrf-token-malformed" 403 Intent {
        text: "the CSRF token is not one that Django makes",
        why: "it has another length or other characters: it was cut, changed or guessed",
        spec: "Django CsrfViewMiddleware, format of tokens",
        fix: "send the token as the page has it, once",
    }
    CsrfTokenIncorrect "csrf-token-incorrect" 403 Intent {
        text: "the CSRF token does not belong to the cookie",
        why: "one of them is another's: this is what a forged form looks like, and also a page from before the last sign-in",
        spec: "Django CsrfViewMiddleware, double submit cookie",
        fix: "open the page again and send its form",
    }

    // ---- the app
    UpstreamUnreachable "upstream-unreachable" 502 Upstream {
        text: "the app did not accept the connection",
        why: "the gateway can only pass requests on",
        spec: "RFC 9110 section 15.6.3",
        fix: "start the app, or correct the site's upstream",
    }
    UpstreamBroken "upstream-broken" 502 Upstream {
        text: "the app closed the connection or answered with something that is no HTTP response",
        why: "half an answer must not be taken for a whole one",
        spec: "RFC 9110 section 15.6.3",
        fix: "look at the app's log at this time",
    }
    UpstreamTimeout "upstream-timeout" 504 Upstream {
        text: "the app did not answer in time",
        why: "a request that waits for ever holds a connection for ever",
        spec: "RFC 9110 section 15.6.5",
        fix: "look at the app's log at this time; limits.upstream_timeout sets the limit",
    }
}

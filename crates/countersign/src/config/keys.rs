//! Every key of the configuration: the only list.
//!
//! The reader takes types, bounds and choices from here, spelling help looks here, and
//! `docs/configuration.md` is written from here.

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A string.
    Text,
    /// The path of a file or directory, relative to the configuration file.
    File,
    /// A list of strings.
    List,
    /// A list of paths.
    Files,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A list of these.
    Choices(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds.
    Number(i64, i64),
    /// `"10s"`
    Duration,
    /// A date, `2027-01-31`.
    Date,
    /// A table with the keys that [`KEYS`] has under this name.
    Table(&'static str),
    /// A list of such tables.
    Tables(&'static str),
    /// Tables under names of the operator's choice.
    Named(&'static str),
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Where it stands; "" for the top.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What holds without it: TOML, `required`, or empty.
    pub default: &'static str,
    /// What it is for.
    pub text: &'static str,
}

/// The key of this name.
#[must_use]
pub(super) fn find(table: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.table == table && key.name == name)
}

/// Where a table stands, for people: `of [[site]]`.
#[must_use]
pub(super) fn place(table: &str) -> String {
    match table {
        "" => "at the top of the file".into(),
        "trust" => "of [trust.NAME]".into(),
        "site" | "site.route" => format!("of [[{table}]]"),
        "listen" | "log" | "state" | "limits" => format!("of [{table}]"),
        "report_only" => "of report_only = { … }".into(),
        "site.route.allow" => "of an allow entry".into(),
        "site.route.client" => "of a route's client = { … }".into(),
        _ => format!("of {} = {{ … }}", table.rsplit('.').next().unwrap_or(table)),
    }
}

const fn key(table: &'static str, name: &'static str, kind: Kind, default: &'static str, text: &'static str) -> Key {
    Key { table, name, kind, default, text }
}

/// All keys, table by table, in the order of the documentation.
pub static KEYS: &[Key] = {
    use Kind::{Choice, Choices, Date, Duration, File, Files, Flag, List, Named, Number, Table, Tables, Text};
    &[
        key("", "listen", Table("listen"), "required", "where connections are accepted"),
        key("", "log", Table("log"), "", "what is logged, and how"),
        key("", "state", Table("state"), "", "where countersign keeps what it makes itself"),
        key("", "limits", Table("limits"), "", "what a peer can make the gateway hold or wait for"),
        key("", "trust", Named("trust"), "", "client CAs, under a name that sites refer to"),
        key("", "site", Tables("site"), "required", "the sites"),
        // ---- listen
        key(
            "listen",
            "https",
            List,
            "required",
            "addresses for mutual TLS with HTTP/1.1 and HTTP/2; port 0 picks a free one",
        ),
        key(
            "listen",
            "http",
            List,
            "[]",
            "addresses where GET and HEAD are redirected to https, and nothing else is done",
        ),
        key(
            "listen",
            "admin",
            Text,
            "\"off\"",
            "the loopback address for health, metrics and JWKS, in clear and without a password: `\"127.0.0.1:9440\"`",
        ),
        key(
            "listen",
            "insecure_admin",
            Flag,
            "false",
            "lets `admin` listen on an address that is not loopback; whoever reaches it may read it",
        ),
        key("listen", "workers", Number(0, 1_024), "0", "worker threads; 0: one per core"),
        // ---- log
        key("log", "format", Choice(&["text", "json"]), "\"text\"", "for people or for programs"),
        key("log", "access", Flag, "true", "one line per permitted request; refusals are always logged"),
        // ---- state
        key("state", "dir", File, "\"state\"", "keys, last-good CRLs, deny list; created with mode 0700"),
        key(
            "state",
            "api_keys",
            File,
            "`api-keys.json` in `dir`",
            "the file with the hashes of API keys, mode 0600; `countersign key new` makes it",
        ),
        // ---- limits
        key("limits", "handshake_timeout", Duration, "\"10s\"", "from TCP accept to the end of the TLS handshake"),
        key("limits", "header_timeout", Duration, "\"10s\"", "from the first byte of a request head to its last"),
        key("limits", "idle_timeout", Duration, "\"75s\"", "a connection without a request"),
        key(
            "limits",
            "body_timeout",
            Duration,
            "\"30s\"",
            "between two reads of a request body, and between two writes of an answer",
        ),
        key(
            "limits",
            "upstream_timeout",
            Duration,
            "\"60s\"",
            "from the first byte sent to the app to the head of its answer",
        ),
        key("limits", "connect_timeout", Duration, "\"5s\"", "to connect to the app"),
        key("limits", "tunnel_idle_timeout", Duration, "\"1h\"", "a WebSocket on which nothing moves"),
        key("limits", "drain_timeout", Duration, "\"30s\"", "how long a stopping gateway waits for requests under way"),
        key("limits", "max_header_bytes", Number(8_192, 1_048_576), "32768", "bytes of a request head; beyond: 431"),
        key("limits", "max_headers", Number(10, 1_000), "100", "fields of a request head; beyond: 431"),
        key(
            "limits",
            "max_body_bytes",
            Number(0, 1_099_511_627_776),
            "104857600",
            "bytes of a request body; beyond: 413",
        ),
        key(
            "limits",
            "max_form_bytes",
            Number(1_024, 16_777_216),
            "262144",
            "bytes of a form that are held, for each request, until its token is known (`token = \"django\"`); a larger one has its token within them or in a header, and states its length; beyond: 413",
        ),
        key("limits", "max_connections", Number(1, 1_000_000), "20000", "connections at once, over all listeners"),
        key("limits", "max_streams", Number(1, 10_000), "100", "requests at once on one HTTP/2 connection"),
        // ---- trust
        key(
            "trust",
            "ca",
            Files,
            "required",
            "PEM files with the CA certificates that vouch for clients; never empty, never the system's roots",
        ),
        key(
            "trust",
            "max_depth",
            Number(0, 6),
            "3",
            "CA certificates allowed between a client's certificate and one of `ca`",
        ),
        key(
            "trust",
            "crl",
            Files,
            "",
            "revocation lists (CRLs), PEM or DER; with one, each certificate of a client's chain needs one; https URLs come later",
        ),
        key(
            "trust",
            "crl_stale",
            Text,
            "\"deny\"",
            "what a list means after its next update: `\"deny\"` refuses, `\"grace:6h\"` lets it count for so much longer, `\"allow\"` for ever",
        ),
        key(
            "trust",
            "deny",
            File,
            "",
            "a file with certificates that are refused whatever their CA says: lines of `sha256:HEX`, `spki:HEX` or `serial:HEX issuer:\"CN=…\"`, `#` for comments",
        ),
        // ---- site
        key(
            "site",
            "hosts",
            List,
            "required",
            "the names that it serves; `\"*.example.com\"` stands for one label, an exact name wins over it",
        ),
        key(
            "site",
            "certificate",
            File,
            "required",
            "PEM file with the server certificate, leaf first, then its intermediates",
        ),
        key("site", "key", File, "required", "PEM file with its private key, readable by its owner alone"),
        key("site", "upstream", Text, "required", "the app: `\"http://HOST:PORT\"` or `\"unix:/PATH\"`"),
        key("site", "client", Table("site.client"), "required", "what is asked of the TLS client"),
        key(
            "site",
            "identity_headers",
            Choices(&countersign_gateway::FORMAT_CODES),
            "[]",
            "how the identity is told to the app; `docs/identity-headers.md` has the headers of each",
        ),
        key(
            "site",
            "protected_headers",
            List,
            "[]",
            "more headers that a client may not set, beside those of every format",
        ),
        key(
            "site",
            "trusted_origins",
            List,
            "[]",
            "origins beside its own whose pages may send requests: `\"https://partner.example.com\"`",
        ),
        key(
            "site",
            "route",
            Tables("site.route"),
            "everything, for browsers",
            "its routes; a path that none claims is refused",
        ),
        key(
            "site",
            "hsts",
            Number(0, 63_072_000),
            "31536000 with `listen.http`, otherwise 0",
            "seconds for which browsers are told to use https alone for this host (`Strict-Transport-Security`); 0 says nothing, and what the app says stands",
        ),
        key(
            "site",
            "assertion",
            Table("site.assertion"),
            "",
            "the signed statement about client and request that every forwarded request carries",
        ),
        key(
            "site",
            "bind_cookies",
            List,
            "[\"sessionid\", \"csrftoken\"]",
            "cookies that are sealed to the client, so that they are worthless to any other; `[]`: none. `docs/bound-cookies.md`",
        ),
        key(
            "site",
            "bind_to",
            Choice(&["identity", "key"]),
            "\"identity\"",
            "what of the certificate they are sealed to: issuer, subject and alternative names, which a renewed one keeps, or its key",
        ),
        key(
            "site",
            "accept_unbound_until",
            Date,
            "none",
            "until the first second of this day (UTC) values from before the sealing are let through, so that nobody is logged out",
        ),
        key("site", "cookies", Table("site.cookies"), "", "how cookies of the app are repaired, and what seals them"),
        key("site", "django", Table("site.django"), "", "settings of the app that `token = \"django\"` depends on"),
        key(
            "site",
            "cors",
            Table("site.cors"),
            "none",
            "what pages of other origins may ask and read; without it every preflight is refused, and the app may grant leave to read to the site's own and trusted origins alone",
        ),
        key(
            "site",
            "report_only",
            Table("report_only"),
            "both false",
            "lets through what would be refused for want of a proof, and logs it; to try a policy, never to keep. `docs/report-only.md`",
        ),
        // ---- site.client
        key(
            "site.client",
            "trust",
            Text,
            "required unless mode is \"off\"",
            "the `[trust.NAME]` that judges client certificates",
        ),
        key(
            "site.client",
            "mode",
            Choice(&["soft", "hard", "optional", "off"]),
            "\"soft\"",
            "`soft`: a certificate is required, its lack is told in a page; `hard`: the handshake fails as well; `optional`: without one a client is anonymous, a bad one is refused; `off`: none is asked for",
        ),
        // ---- site.assertion
        key(
            "site.assertion",
            "alg",
            Choice(&["hs256", "es256"]),
            "\"hs256\"",
            "`hs256`: a secret that gateway and app share; `es256`: a private key for the gateway, a public one for the app",
        ),
        key(
            "site.assertion",
            "audience",
            Text,
            "the first host",
            "the `aud` of the statement: the app accepts this one only",
        ),
        key("site.assertion", "issuer", Text, "\"countersign\"", "the `iss` of the statement"),
        key(
            "site.assertion",
            "mode",
            Choice(&["bound", "session"]),
            "\"bound\"",
            "`bound`: each counts for one request; `session`, with `es256` only: one for the requests of a connection with the same proof of intent, for 20 s",
        ),
        key(
            "site.assertion",
            "keys",
            File,
            "made below `[state] dir`",
            "the key file; with `es256` the private one, and the public one is written beside it as `FILE.pub`",
        ),
        // ---- site.cors
        key(
            "site.cors",
            "origins",
            List,
            "required",
            "origins whose pages may ask, as in `trusted_origins`, where they must stand too if they may use unsafe methods; `[\"*\"]`: every page may read what anonymous clients get",
        ),
        key("site.cors", "methods", List, "[\"GET\", \"HEAD\", \"POST\"]", "methods that they may use"),
        key("site.cors", "headers", List, "[]", "headers that they may send beyond those that need no leave"),
        key(
            "site.cors",
            "expose",
            List,
            "[]",
            "headers of an answer that they may read beyond those that need no leave",
        ),
        key("site.cors", "credentials", Flag, "false", "whether cookies and certificates may go along"),
        key(
            "site.cors",
            "max_age",
            Number(0, 86_400),
            "600",
            "seconds for which a browser may remember the answer to a preflight",
        ),
        key(
            "site.cors",
            "private_network",
            Flag,
            "false",
            "whether pages of public sites may ask though this one has a private address",
        ),
        // ---- site.cookies
        key("site.cookies", "secure", Flag, "true", "every cookie gets `Secure`"),
        key("site.cookies", "http_only", Flag, "true", "bound cookies get `HttpOnly`, but not the CSRF cookie"),
        key(
            "site.cookies",
            "same_site",
            Choice(&["lax", "strict", "off"]),
            "\"lax\"",
            "the `SameSite` of cookies for which the app says none; `off`: none is added",
        ),
        key("site.cookies", "host_only", Flag, "true", "bound cookies lose their `Domain`"),
        key(
            "site.cookies",
            "host_prefix",
            Flag,
            "false",
            "bound cookies are called `__Host-NAME` in the browser, with `Path=/`; the app knows nothing of it, scripts do",
        ),
        key(
            "site.cookies",
            "csrf_cookie",
            Text,
            "\"csrftoken\"",
            "Django's `CSRF_COOKIE_NAME`; otherwise what `django.settings` says",
        ),
        key(
            "site.cookies",
            "csrf_header",
            Text,
            "\"X-CSRFToken\"",
            "the header in which scripts echo that cookie; opened if the cookie is bound",
        ),
        key(
            "site.cookies",
            "keys",
            File,
            "made below `[state] dir`",
            "the key file, mode 0600; several gateways may share one",
        ),
        // ---- site.django
        key(
            "site.django",
            "settings",
            File,
            "none",
            "what `manage.py countersign settings` writes; the keys below win over it",
        ),
        key("site.django", "trusted_origins", List, "the site's", "`CSRF_TRUSTED_ORIGINS`, as Django has them"),
        key("site.django", "allowed_hosts", List, "`[\"*\"]`: the site's hosts", "`ALLOWED_HOSTS`"),
        key("site.django", "cookie_domain", Text, "none", "`CSRF_COOKIE_DOMAIN`"),
        key("site.django", "use_x_forwarded_host", Flag, "false", "`USE_X_FORWARDED_HOST`"),
        key("site.django", "use_x_forwarded_port", Flag, "false", "`USE_X_FORWARDED_PORT`"),
        key(
            "site.django",
            "use_sessions",
            Flag,
            "false",
            "`CSRF_USE_SESSIONS`; the gateway cannot see a secret in a session, so that no route may ask for the token then",
        ),
        // ---- report_only
        key(
            "report_only",
            "identity",
            Flag,
            "false; of a route: the site's",
            "for the proof of identity: a certificate that is missing or does not hold, and `allow`. Without one that holds the app is told of no client",
        ),
        key(
            "report_only",
            "intent",
            Flag,
            "false; of a route: the site's",
            "for the proof of intent: the rules of the route's audience, and its token",
        ),
        // ---- site.route
        key(
            "site.route",
            "path",
            Text,
            "required",
            "ends in `/`: a prefix; otherwise exact. The most specific path wins",
        ),
        key("site.route", "methods", List, "all", "others get 405; GET includes HEAD"),
        key(
            "site.route",
            "audience",
            Choice(&["browser", "machine", "any"]),
            "\"browser\"",
            "who may call it: pages of the site, programs, or either",
        ),
        key(
            "site.route",
            "allow",
            Tables("site.route.allow"),
            "[]",
            "identities that may call it, one table each; empty: every client that the site lets in",
        ),
        key(
            "site.route",
            "client",
            Table("site.route.client"),
            "as the site",
            "another trust or mode for this route, on the same connection",
        ),
        key(
            "site.route",
            "api_key",
            Table("site.route.api_key"),
            "none",
            "asks for an API key too, whatever the method: [api-keys.md](api-keys.md)",
        ),
        key(
            "site.route",
            "token",
            Choice(&["off", "django"]),
            "\"off\"",
            "`django`: unsafe requests have to bear Django's CSRF token too, in the form or in `X-CSRFToken`, and get no further than here without it; not asked of WebSocket handshakes and of what `audience = \"any\"` lets through as a program's",
        ),
        key(
            "site.route",
            "report_only",
            Table("report_only"),
            "as the site",
            "as `site.report_only`, for this route; each of the two overrides the site's",
        ),
        // ---- site.route.client
        key("site.route.client", "trust", Text, "the site's", "the `[trust.NAME]` that judges clients of this route"),
        key(
            "site.route.client",
            "mode",
            Choice(&["soft", "optional"]),
            "the site's",
            "`soft`: a certificate is required; `optional`: without one a client is anonymous, a bad one is refused. What the handshake does is the site's to say",
        ),
        // ---- site.route.allow
        key(
            "site.route.allow",
            "subject",
            Text,
            "",
            "the subject, as an RFC 4514 string; one `*` stands for any text, as in all of these",
        ),
        key("site.route.allow", "issuer", Text, "", "the issuer, as an RFC 4514 string"),
        key("site.route.allow", "dns", Text, "", "a dNSName"),
        key("site.route.allow", "email", Text, "", "an rfc822Name: `\"*@example.com\"`"),
        key("site.route.allow", "uri", Text, "", "a URI: `\"spiffe://example.com/*\"`"),
        key("site.route.allow", "ip", Text, "", "an iPAddress"),
        key("site.route.allow", "upn", Text, "", "a Microsoft user principal name"),
        // ---- site.route.api_key
        key(
            "site.route.api_key",
            "header",
            Text,
            "\"X-API-Key\"",
            "the header that bears the key; a site has four such headers at most",
        ),
        key("site.route.api_key", "scope", Text, "required", "the scope that the key must have"),
        key(
            "site.route.api_key",
            "forward",
            Flag,
            "false",
            "whether the app gets the key too, beside what the assertion says of it",
        ),
    ]
};

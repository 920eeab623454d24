//! Words of other programs, with ours. Their users try them first.

/// A word of another program.
#[derive(Clone, Copy, Debug)]
pub struct Alias {
    /// The word, in lower case with underscores.
    pub word: &'static str,
    /// Whose it is.
    pub of: &'static str,
    /// The key that it stands for, in any table; empty if it stands for more, or for nothing.
    pub key: &'static str,
    /// What to write here.
    pub ours: &'static str,
}

/// What to write instead of this word.
#[must_use]
pub(super) fn find(word: &str) -> Option<&'static Alias> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    ALIASES.iter().find(|alias| alias.word == word)
}

const fn alias(word: &'static str, of: &'static str, key: &'static str, ours: &'static str) -> Alias {
    Alias { word, of, key, ours }
}

/// All of them.
pub static ALIASES: &[Alias] = &[
    alias("listen", "nginx", "", "write addresses at the top of the file: [listen] with https = [\"[::]:8443\"]"),
    alias("server", "nginx", "site", "write [[site]]"),
    alias("server_name", "nginx", "hosts", "write hosts = [\"app.example.com\"] in [[site]]"),
    alias("location", "nginx", "route", "write [[site.route]] with path = \"/…/\""),
    alias("ssl_certificate", "nginx", "certificate", "write certificate = \"app.pem\" in [[site]]"),
    alias("ssl_certificate_key", "nginx", "key", "write key = \"app.key\" in [[site]]"),
    alias("proxy_pass", "nginx", "upstream", "write upstream = \"http://127.0.0.1:8000\" in [[site]]"),
    alias(
        "ssl_client_certificate",
        "nginx",
        "client",
        "write [trust.NAME] with ca = [\"ca.pem\"], and client = { trust = \"NAME\" } in [[site]]",
    ),
    alias(
        "ssl_trusted_certificate",
        "nginx",
        "",
        "write [trust.NAME] with ca = [\"ca.pem\"]; every certificate there vouches for clients",
    ),
    alias(
        "ssl_verify_client",
        "nginx",
        "client",
        "write client = { trust = \"NAME\", mode = \"soft\" } in [[site]]; on is \"soft\" or \"hard\", optional is \"optional\", off is \"off\"",
    ),
    alias("ssl_verify_depth", "nginx", "", "write max_depth in [trust.NAME]"),
    alias("ssl_crl", "nginx", "", "write crl = [\"…\"] in [trust.NAME]"),
    alias("ssl_protocols", "nginx", "", "remove it: TLS 1.2 and 1.3 are spoken, nothing older"),
    alias(
        "ssl_ciphers",
        "nginx",
        "",
        "remove it: only suites with forward secrecy and authenticated encryption are spoken",
    ),
    alias(
        "proxy_set_header",
        "nginx",
        "",
        "write identity_headers = [\"nginx\"] in [[site]]; X-Forwarded-* are always set",
    ),
    alias("client_max_body_size", "nginx", "", "write max_body_bytes in [limits]"),
    alias("large_client_header_buffers", "nginx", "", "write max_header_bytes in [limits]"),
    alias("client_header_timeout", "nginx", "", "write header_timeout in [limits]"),
    alias("client_body_timeout", "nginx", "", "write body_timeout in [limits]"),
    alias("proxy_read_timeout", "nginx", "", "write upstream_timeout in [limits]"),
    alias("proxy_connect_timeout", "nginx", "", "write connect_timeout in [limits]"),
    alias("keepalive_timeout", "nginx", "", "write idle_timeout in [limits]"),
    alias("worker_processes", "nginx", "", "write workers in [listen]"),
    alias("worker_connections", "nginx", "", "write max_connections in [limits]"),
    alias("access_log", "nginx", "", "write access = true in [log]"),
    alias("limit_except", "nginx", "", "write methods = [\"GET\", \"POST\"] in [[site.route]]"),
    alias("reverse_proxy", "Caddy", "upstream", "write upstream = \"http://127.0.0.1:8000\" in [[site]]"),
    alias("tls", "Caddy", "certificate", "write certificate and key in [[site]]"),
    alias(
        "client_auth",
        "Caddy",
        "client",
        "write [trust.NAME] with ca = [\"ca.pem\"], and client = { trust = \"NAME\" } in [[site]]",
    ),
    alias("trust_pool", "Caddy", "ca", "write [trust.NAME] with ca = [\"ca.pem\"]"),
    alias("trusted_ca_cert_file", "Caddy", "ca", "write [trust.NAME] with ca = [\"ca.pem\"]"),
    alias("handle", "Caddy", "route", "write [[site.route]] with path = \"/…/\""),
    alias("bind", "HAProxy", "https", "write [listen] with https = [\"[::]:8443\"]"),
    alias("crt", "HAProxy", "certificate", "write certificate and key in [[site]]"),
    alias("ca_file", "HAProxy", "ca", "write [trust.NAME] with ca = [\"ca.pem\"]"),
    alias("crl_file", "HAProxy", "", "write crl = [\"…\"] in [trust.NAME]"),
    alias(
        "verify",
        "HAProxy",
        "client",
        "write client = { trust = \"NAME\", mode = \"soft\" } in [[site]]; required is \"soft\" or \"hard\", none is \"off\"",
    ),
    alias("backend", "HAProxy", "upstream", "write upstream = \"http://127.0.0.1:8000\" in [[site]]"),
    alias("clientauth", "Traefik", "client", "write client = { trust = \"NAME\", mode = \"soft\" } in [[site]]"),
    alias("cafiles", "Traefik", "ca", "write [trust.NAME] with ca = [\"ca.pem\"]"),
    alias("allowed_hosts", "Django", "hosts", "write hosts = [\"app.example.com\"] in [[site]]"),
    alias(
        "csrf_trusted_origins",
        "Django",
        "trusted_origins",
        "write trusted_origins = [\"https://partner.example.com\"] in [[site]]",
    ),
    alias(
        "csrf_exempt",
        "Django",
        "",
        "write [[site.route]] with audience = \"machine\": exempt from tokens, closed to web pages",
    ),
    alias("cert", "other programs", "certificate", "write certificate"),
    alias("private_key", "other programs", "key", "write key"),
    alias("domain", "other programs", "hosts", "write hosts = [\"app.example.com\"]"),
    alias("domains", "other programs", "hosts", "write hosts = [\"app.example.com\"]"),
    alias("routes", "other programs", "route", "write [[site.route]] for each"),
    alias("sites", "other programs", "site", "write [[site]] for each"),
    alias("prefix", "other programs", "path", "write path = \"/…/\": a path that ends in / is a prefix"),
];

//! Random settings and requests. Most requests are right but for a thing or two, so that every check is
//! reached; each value that the checks look at has spellings that a hasty reading takes for another.

use std::collections::BTreeMap;

use crate::{
    case::{DjangoSettings, Request},
    random::Random,
};

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const HOSTS: &[&str] = &[
    "app.example.com",
    "app.example.com",
    "app.example.com",
    "APP.example.com",
    "app.example.com:443",
    "app.example.com:8443",
    "app.example.com.",
    "app.example.com.:443",
    "example.com",
    "foo.example.com",
    "evil.example",
    "localhost",
    "sub.localhost:8000",
    "127.0.0.1",
    "[::1]",
    "[::1]:8000",
    "[a:b.c]",
    "",
    "bad_host",
    "app.example.com:",
    "app.example.com:x",
    "a..b",
    ".",
    "[::1",
    "app.\u{e9}xample.com",
];

const TRUSTED: &[&str] = &[
    "https://partner.example",
    "https://partner.example:8443",
    "http://plain.example",
    "https://*.example.com",
    "http://*.example.com",
    "https://*.EXAMPLE.com:8443",
    "https://*example.com",
    "https://*",
    "https://foo.*.com",
    "HTTPS://*.example.org",
    "https://app.example.com",
    "https://**.deep.example",
    "https://*.\u{c9}.example",
];

const NETLOCS: &[&str] = &[
    "app.example.com",
    "foo.example.com",
    "a.b.example.com",
    "example.com",
    "FOO.example.com",
    "xexample.com",
    "foo.example.com:8443",
    "foo.example.com:443",
    "u@foo.example.com",
    "evil.example\\.example.com",
    "evil.example",
    "partner.example",
    "PARTNER.example",
    "partner.example:8443",
    "plain.example",
    "foo.example.org",
    "deep.example",
    "a.deep.example",
    "foo.x.com",
    "foo.*.com",
    "*.example.com",
    "[::1]",
    "[::1]:8000",
    "[::1",
    "::1]",
    "[1.2.3.4]",
    "[zz]",
    "[v1.x]",
    "a.\u{e9}.example",
    "app.example.com.",
    ".example.com",
    "",
];

const SCHEMES: &[&str] = &["https", "https", "https", "http", "HTTPS", "hTTp", "ftp", "", "1x", "h\tttps"];

pub(crate) fn settings(random: &mut Random) -> DjangoSettings {
    let some = |random: &mut Random, all: &[&str]| -> Vec<String> {
        (0..random.below(4)).map(|_| (*one(random, all)).to_owned()).collect()
    };
    let hosts: &[&[&str]] = &[
        &["*"],
        &["app.example.com"],
        &[".example.com"],
        &[".EXAMPLE.com", "[::1]"],
        &[],
        &["app.example.com."],
        &["other.example", "*"],
        &["", "app.example.com"],
    ];
    let domain = |random: &mut Random| {
        let domains = [None, None, None, Some(".example.com"), Some("app.example.com"), Some("EXAMPLE.com"), Some("")];
        one(random, &domains).map(str::to_owned)
    };
    let names = ["csrftoken", "csrftoken", "csrftoken", "__Host-csrf", "CsrfToken", ""];
    let headers =
        ["HTTP_X_CSRFTOKEN", "HTTP_X_CSRFTOKEN", "HTTP_X_XSRF_TOKEN", "HTTP_X2Y_T", "X_CSRFTOKEN", "CONTENT_TYPE"];
    let proxies = [None, Some(("HTTP_X_FORWARDED_PROTO", "https")), Some(("HTTP_X_FORWARDED_SSL", "on"))];
    DjangoSettings {
        allowed_hosts: one(random, hosts).iter().map(|host| (*host).to_owned()).collect(),
        debug: random.one_in(3),
        use_x_forwarded_host: random.one_in(4),
        use_x_forwarded_port: random.one_in(4),
        secure_proxy_ssl_header: one(random, &proxies).map(|(name, value)| (name.to_owned(), value.to_owned())),
        csrf_trusted_origins: some(random, TRUSTED),
        csrf_cookie_domain: domain(random),
        session_cookie_domain: domain(random),
        csrf_cookie_name: (*one(random, &names)).to_owned(),
        csrf_header_name: (*one(random, &headers)).to_owned(),
        csrf_use_sessions: random.one_in(4),
    }
}

pub(crate) fn request(random: &mut Random, settings: &DjangoSettings) -> Request {
    let secret = text(random, 32);
    let mut meta = BTreeMap::new();
    let mut set = |name: &str, value: String| drop(meta.insert(name.to_owned(), value));
    let hosts = if random.one_in(3) { HOSTS } else { &HOSTS[..3] };
    let host = (*one(random, hosts)).to_owned();
    let https = !random.one_in(4);
    set("SERVER_NAME", (*one(random, &["app.example.com", "internal", "[::1]"])).to_owned());
    set("SERVER_PORT", (*one(random, &["443", "80", "8443", "8000"])).to_owned());
    if !random.one_in(12) {
        set("HTTP_HOST", host.clone());
    }
    if random.one_in(3) {
        set("HTTP_X_FORWARDED_HOST", (*one(random, HOSTS)).to_owned());
    }
    if random.one_in(3) {
        set("HTTP_X_FORWARDED_PORT", (*one(random, &["443", "80", "8443", "", "x"])).to_owned());
    }
    let protos = ["https", "https", "http", "HTTPS", " https ", "https, http", "http, https", "on", ""];
    for name in ["HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_SSL"] {
        if !random.one_in(3) {
            set(name, (*one(random, &protos)).to_owned());
        }
    }
    let own = format!("{}://{host}", if random.one_in(4) { "http" } else { "https" });
    if random.one_in(2) {
        set("HTTP_ORIGIN", origin(random, settings, &own));
    }
    if !random.one_in(6) {
        let paths = ["", "/", "/p?q=1#f", "/p?#", "?", "#", "?a#b", "/a\tb"];
        let referer = origin(random, settings, &own) + *one(random, &paths);
        set("HTTP_REFERER", referer);
    }
    let named = token(random, &secret);
    if !random.one_in(3) {
        let name = if random.one_in(6) { "HTTP_X_CSRFTOKEN" } else { &settings.csrf_header_name };
        set(name, named);
    }
    let form = match random.below(8) {
        0..4 => Some(token(random, &secret)),
        4 => Some(String::new()),
        _ => None,
    };
    let methods = ["POST", "POST", "POST", "POST", "PUT", "DELETE", "QUERY", "GET", "HEAD", "OPTIONS", "TRACE", "post"];
    Request {
        method: (*one(random, &methods)).to_owned(),
        https,
        meta,
        cookie: cookies(random, settings, &secret),
        stored: None,
        session: if random.one_in(6) { None } else { Some(token(random, &secret)) },
        form,
        processing_done: random.one_in(60),
        exempt: random.one_in(60),
        dont_enforce: random.one_in(60),
    }
}

fn origin(random: &mut Random, settings: &DjangoSettings, own: &str) -> String {
    match random.below(10) {
        0..4 => own.to_owned(),
        4 if !settings.csrf_trusted_origins.is_empty() => one(random, &settings.csrf_trusted_origins).clone(),
        5 => (*one(
            random,
            &["null", "", "https://", "//app.example.com", "app.example.com", "https:app.example.com", "about:blank"],
        ))
        .to_owned(),
        _ => format!("{}://{}", random.of(SCHEMES), random.of(NETLOCS)),
    }
}

fn cookies(random: &mut Random, settings: &DjangoSettings, secret: &str) -> String {
    let mut pairs: Vec<String> = Vec::new();
    for _ in 0..random.below(3) + usize::from(!random.one_in(8)) {
        let value = token(random, secret);
        let value = match random.below(8) {
            0 => format!("\"{value}\""),
            1 => octal(random, &value),
            2 => format!(" {value}\u{a0}"),
            _ => value,
        };
        let name = if random.one_in(8) { "other" } else { &settings.csrf_cookie_name };
        pairs.push(if random.one_in(30) { value } else { format!("{name}={value}") });
    }
    pairs.join(*one(random, &["; ", ";", "; ", ",", " ; "]))
}

/// In quotes, with some characters by their number or behind a backslash.
fn octal(random: &mut Random, value: &str) -> String {
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match random.below(12) {
            0 => quoted += &format!("\\{:03o}", u32::from(c)),
            1 => quoted.extend(['\\', c]),
            _ => quoted.push(c),
        }
    }
    quoted + *one(random, &["\"", "\"", "\"", "\\\"", ""])
}

/// The secret, masked or not; or what is nearly one.
fn token(random: &mut Random, secret: &str) -> String {
    match random.below(16) {
        0..6 => secret.to_owned(),
        6..11 => masked(random, secret),
        11 => text(random, 32),
        12 => text(random, 64),
        13 => {
            let length = *one(random, &[1, 31, 33, 63, 65]);
            text(random, length)
        }
        14 => {
            let mut wrong = {
                let length = *one(random, &[31, 63, 62, 30]);
                text(random, length)
            };
            let odd = *one(random, &["-", "_", "\u{e9}", " ", "\u{df}x", "++"]);
            wrong.insert_str(random.below(wrong.len()), odd);
            wrong
        }
        _ => String::new(),
    }
}

fn text(random: &mut Random, length: usize) -> String {
    (0..length).map(|_| char::from(*one(random, ALPHABET))).collect()
}

fn masked(random: &mut Random, secret: &str) -> String {
    let mask = text(random, secret.len());
    let place = |b: u8| ALPHABET.iter().position(|&a| a == b).unwrap();
    let cipher = secret.bytes().zip(mask.bytes()).map(|(s, m)| char::from(ALPHABET[(place(s) + place(m)) % 62]));
    let cipher: String = cipher.collect();
    mask + &cipher
}

fn one<'l, T>(random: &mut Random, list: &'l [T]) -> &'l T {
    &list[random.below(list.len())]
}

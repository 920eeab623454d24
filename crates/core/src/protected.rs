//! The names that only the gateway may speak to the app.
//!
//! Names are compared after folding: every run of characters that are not letters or digits
//! counts as one hyphen, case is ignored. WSGI, CGI and some frameworks map `X_Client.Cert` and
//! `X-Client-Cert` to one variable (Django CVE-2026-3902, Caddy GHSA-f59h-q822-g45g), so a filter
//! that compares letter by letter is bypassed by spelling.
//!
//! Beyond the list, a name that holds anything but letters, digits and hyphens is never passed
//! on, whatever it spells: nginx and Caddy do the same.

use std::collections::HashSet;

/// A name that ends in `-` stands for all names that start with it.
static ALWAYS: &[&str] = &[
    // ours
    "countersign-",
    // the identity formats, stamped or not: rfc9440, nginx, django, alb; xfcc and traefik are x-forwarded-.
    // A test of the gateway walks its formats and asks for each of their names.
    "client-cert-",
    "x-ssl-",
    "ssl-client-",
    "x-amzn-mtls-",
    "x-client-cert-",
    "x-client-certificate-",
    "x-client-cn",
    "x-arr-clientcert",
    "x-client-verify",
    "x-client-dn",
    "x-client-s-dn",
    "x-client-i-dn",
    "x-client-subject-",
    // certificates and users, as other proxies and clouds vouch for them to an app
    "cloudfront-viewer-",
    "l5d-client-id",
    "x-amzn-oidc-",
    "x-goog-authenticated-user-",
    "x-goog-iap-",
    "x-ms-client-principal-",
    "x-pomerium-",
    "cf-access-",
    "x-authentik-",
    "x-webauth-",
    // users, as proxies and portals name them
    "remote-",
    "x-remote-",
    "x-auth-request-",
    "x-authenticated-",
    "oidc-claim-",
    // where the request came from
    "forwarded",
    "x-forwarded-",
    "x-real-ip",
    "x-original-",
    "x-rewrite-url",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    // what SECURE_PROXY_SSL_HEADER and its kin are set to
    "front-end-https",
    "x-scheme",
    "x-url-scheme",
    // CGI's HTTP_PROXY (httpoxy)
    "proxy",
    // method override: the method that was judged is the method that is run
    "x-http-method-",
    "x-method-override",
];

/// Tells which header names a client may not set.
#[derive(Clone, Debug, Default)]
pub struct ProtectedNames {
    /// Folded.
    more: HashSet<Box<str>>,
}

impl ProtectedNames {
    /// The names that are always protected and, beside them, a site's `protected_headers`.
    pub fn new<'n>(more: impl IntoIterator<Item = &'n str>) -> Self {
        Self { more: more.into_iter().map(|name| fold(name).into()).collect() }
    }

    /// The names that are always protected. One that ends in `-` stands for all names that start
    /// with it, and for itself without the hyphen.
    pub fn always() -> impl Iterator<Item = &'static str> {
        ALWAYS.iter().copied()
    }

    /// Whether a client's header or trailer with this name is dropped.
    #[must_use]
    pub fn drops(&self, name: &str) -> bool {
        // Folding allocates, and honest names need none.
        let (mut folded, mut previous) = (true, b'-');
        for b in name.bytes() {
            match b {
                b'a'..=b'z' | b'0'..=b'9' => {}
                b'-' => folded &= previous != b'-',
                b'A'..=b'Z' => folded = false,
                _ => return true,
            }
            previous = b;
        }
        if folded && previous != b'-' { self.contains_folded(name) } else { self.contains_folded(&fold(name)) }
    }

    fn contains_folded(&self, name: &str) -> bool {
        // The first letter settles most names, and this runs for every header of every request.
        let first = name.as_bytes().first().copied().unwrap_or_default();
        let always = matches!(first, b'c' | b'f' | b'l' | b'o' | b'p' | b'r' | b's' | b't' | b'x')
            && ALWAYS.iter().filter(|entry| entry.as_bytes().first() == Some(&first)).any(|entry| {
                match entry.strip_suffix('-') {
                    // "client-cert-" is client-cert and client-cert-chain, not client-certainty
                    Some(stem) => name.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
                    None => name == *entry,
                }
            });
        always || (!self.more.is_empty() && self.more.contains(name))
    }
}

/// Whether [`fold`] makes this of the name; allocates nothing.
pub(crate) fn folds_to(name: &str, folded: &str) -> bool {
    let mut words = folded.split('-');
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .all(|word| words.next().is_some_and(|expected| word.eq_ignore_ascii_case(expected)))
        && words.next().is_none()
}

/// Lower case, each run of other characters than letters and digits one hyphen, none at the ends.
pub(crate) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for b in name.bytes() {
        if b.is_ascii_alphanumeric() {
            folded.push(char::from(b.to_ascii_lowercase()));
        } else if !folded.is_empty() && !folded.ends_with('-') {
            folded.push('-');
        }
    }
    folded.truncate(folded.trim_end_matches('-').len());
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_in_any_spelling() {
        let names = ProtectedNames::new(["X-Tenant-Id"]);
        for name in [
            "x-ssl-client-verify",
            "X-SSL-Client-Verify",
            "x_ssl_client_verify",
            "X-SSL--Client.Verify",
            "-x-ssl-client-verify-",
            "client-cert",
            "client-cert-chain",
            "Client_Cert",
            "ssl-client-cert-subject",
            "remote-user",
            "REMOTE_USER",
            "x-remote-user",
            "x-forwarded-for",
            "x-forwarded-client-cert",
            "x-forwarded-tls-client-cert-info",
            "x-forwarded-user",
            "forwarded",
            "x-real-ip",
            "x-amzn-mtls-clientcert-leaf",
            "x-arr-clientcert",
            "x-client-certificate",
            "oidc-claim-sub",
            "countersign-assertion",
            "countersign-client",
            "x-tenant-id",
            "X__Tenant.Id",
            "proxy",
            "x-http-method-override",
            "x-http-method",
            "sec_fetch_site",
            "anything.at.all",
            "",
        ] {
            assert_eq!(names.drops(name), !name.is_empty(), "{name:?}");
        }
    }

    #[test]
    fn every_entry_passes_the_look_at_its_first_letter() {
        for entry in ALWAYS {
            assert!(ProtectedNames::default().drops(entry), "{entry}");
        }
    }

    #[test]
    fn folding_and_comparing_agree() {
        for name in ["x_csrftoken", "X-CSRFToken", "_x--csrftoken.", "xcsrftoken", "x-csrftoken-x", "x", "", "é-x"] {
            for folded in ["x-csrftoken", "x"] {
                assert_eq!(folds_to(name, folded), fold(name) == folded, "{name:?}");
            }
        }
    }

    #[test]
    fn ordinary_names_pass() {
        let names = ProtectedNames::default();
        for name in [
            "host",
            "cookie",
            "accept",
            "user-agent",
            "origin",
            "referer",
            "sec-fetch-site",
            "x-csrftoken",
            "content-type",
            "authorization",
            "client-certainty",
            "x-sslx",
            "forwarded-x",
            "proxy-authorization",
            "x-request-id",
            "x-tenant-id",
            "x-schemes",
            "te",
            "traceparent",
            "last-event-id",
            "remotely",
        ] {
            assert!(!names.drops(name), "{name}");
        }
    }
}

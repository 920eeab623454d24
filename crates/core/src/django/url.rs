//! `urllib.parse.urlsplit` and what Django does with hosts.
//!
//! Not `http::Uri` or `url::Url`: they refuse or rewrite what Django compares as it came.

use std::net::Ipv6Addr;

/// A URL in pieces.
pub(super) struct Split {
    /// In lower case; empty if there is none.
    pub(super) scheme: String,
    /// User name, host and port as they came.
    pub(super) netloc: String,
    /// The path, and query and fragment that are not empty.
    rest: String,
}

impl Split {
    /// None: `ValueError`.
    pub(super) fn of(url: &str) -> Option<Self> {
        let url: String =
            url.trim_start_matches(|c: char| c <= ' ').chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect();
        let (scheme, rest) = scheme(&url);
        let (netloc, rest) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        brackets(netloc)?;
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut rest = path.to_owned();
        for (mark, part) in [('?', query), ('#', fragment)] {
            if !part.is_empty() {
                rest.push(mark);
                rest.push_str(part);
            }
        }
        Some(Self { scheme, netloc: netloc.to_owned(), rest })
    }

    /// `geturl()` of one that has a scheme and a netloc.
    pub(super) fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.netloc, self.rest)
    }
}

fn scheme(url: &str) -> (String, &str) {
    let one = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    match url.split_once(':') {
        Some((scheme, rest)) if scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(one) => {
            (scheme.to_ascii_lowercase(), rest)
        }
        _ => (String::new(), url),
    }
}

/// None: brackets that hold no address, or that are not alone.
fn brackets(netloc: &str) -> Option<()> {
    match (netloc.find('['), netloc.find(']')) {
        (None, None) => Some(()),
        (Some(open), Some(close)) => {
            let host = netloc.get(open + 1..close)?;
            if let Some(future) = host.strip_prefix('v') {
                let (version, address) = future.split_once('.')?;
                let hexadecimal = !version.is_empty() && version.bytes().all(|b| b.is_ascii_hexdigit());
                return (hexadecimal && !address.is_empty()).then_some(());
            }
            // `ipaddress` takes a zone after the address.
            let (address, zone) = host.split_once('%').unwrap_or((host, "zone"));
            (address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && !zone.contains('%')).then_some(())
        }
        _ => None,
    }
}

/// `is_same_domain`: the pattern is made lower case, the host is not.
pub(super) fn is_same_domain(host: &str, pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    match pattern.strip_prefix('.') {
        Some(apex) => host.ends_with(&pattern) || host == apex || host == pattern,
        None => !pattern.is_empty() && host == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_as_pythons() {
        for (url, scheme, netloc) in [
            ("https://a.example/x?y#z", "https", "a.example"),
            ("HTTPS://u@A:1?", "https", "u@A:1"),
            ("\u{0} ht\ttps://a\n.b/", "https", "a.b"),
            ("//a/b", "", "a"),
            ("1a://b", "", ""),
            ("a/b:c", "", ""),
            (r"https://a\b/c", "https", r"a\b"),
            ("https:a", "https", ""),
            ("https://[::1]:8/", "https", "[::1]:8"),
            ("https://[v1.x]", "https", "[v1.x]"),
        ] {
            let split = Split::of(url).unwrap();
            assert_eq!((&*split.scheme, &*split.netloc), (scheme, netloc), "{url:?}");
        }
        for url in ["https://[", "https://[::1", "https://[1.2.3.4]", "https://a[b]", "https://]a[", "https://[v.x]"] {
            assert!(Split::of(url).is_none(), "{url}");
        }
    }

    #[test]
    fn urls_are_put_together_without_empty_parts() {
        assert_eq!(Split::of("HTTPS://a?#").unwrap().url(), "https://a");
        assert_eq!(Split::of("https://a/b?c=d#e").unwrap().url(), "https://a/b?c=d#e");
    }
}

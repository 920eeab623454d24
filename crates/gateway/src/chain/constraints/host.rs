//! Host names, alone, in e-mail addresses and in URIs, and the subtrees over each.
//!
//! The three forms differ (RFC 5280 section 4.2.1.10): `example.com` as a dNSName holds itself and
//! everything below; as an rfc822Name or URI it holds that one host, and `.example.com` everything
//! below it. What is not plainly a host name is not read at all, and so not comparable: trailing
//! dots, escapes, quoted local parts, addresses in place of names.

use super::Stands;

/// Labels, in lower case. Not an IP address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    labels: Vec<String>,
    /// `*.` stood before them.
    wildcard: bool,
}

impl Host {
    fn read(text: &str) -> Option<Self> {
        let labels: Vec<String> = text.split('.').map(str::to_ascii_lowercase).collect();
        let label = |label: &String| {
            // The underscore is no letter of host names, but service names have it.
            let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            plain && (1..=63).contains(&label.len())
        };
        let number = labels.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        (text.len() <= 253 && !number && labels.iter().all(label)).then_some(Self { labels, wildcard: false })
    }

    /// A dNSName; the leftmost label may be `*`.
    pub(super) fn with_wildcard(text: &str) -> Option<Self> {
        match text.strip_prefix("*.") {
            Some(rest) => Some(Self { wildcard: true, ..Self::read(rest)? }),
            None => Self::read(text),
        }
    }

    /// The host of a URI with an authority. RFC 5280: a URI without one, or with an IP address,
    /// must be refused below a constraint.
    pub(super) fn of_uri(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let well_named = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        if !well_named || !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        // Some parsers take a backslash for a slash.
        let authority = rest.split(['/', '?', '#', '\\']).next()?;
        let host = match authority.rsplit_once('@') {
            // Whose @ ends the user's name is what parsers differ on.
            Some((user, _)) if user.contains('@') => return None,
            Some((_, host)) => host,
            None => authority,
        };
        let (host, port) = host.split_once(':').unwrap_or((host, ""));
        port.bytes().all(|b| b.is_ascii_digit()).then(|| Self::read(host))?
    }

    /// At or below `base`; both in labels.
    fn ends_in(&self, base: &[String]) -> bool {
        self.labels.ends_with(base)
    }
}

/// A subtree over DNS names.
#[derive(Debug)]
pub(super) struct Domain {
    /// None: over all of them.
    base: Option<Host>,
    /// It was written with a leading dot, which RFC 5280 does not have here; others take it for
    /// "below, not itself", and so does this.
    below_only: bool,
}

impl Domain {
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self { base: None, below_only: false });
        }
        let below = text.strip_prefix('.');
        Some(Self { base: Some(Host::read(below.unwrap_or(text))?), below_only: below.is_some() })
    }

    /// A wildcard is inside if all that it stands for is, and unclear if only some of it is
    /// (RUSTSEC-2026-0099).
    pub(super) fn holds_name(&self, name: &Host) -> Stands {
        let Some(base) = &self.base else { return Stands::Inside };
        let itself = name.labels.len() == base.labels.len() && !name.wildcard;
        if name.ends_in(&base.labels) {
            return (!(self.below_only && itself)).into();
        }
        if name.wildcard && base.ends_in(&name.labels) { Stands::Unclear } else { Stands::Outside }
    }
}

/// One host, or all below one.
#[derive(Debug)]
pub(super) struct Hosts {
    base: Host,
    below: bool,
}

impl Hosts {
    fn read(text: &str) -> Option<Self> {
        let below = text.strip_prefix('.');
        Some(Self { base: Host::read(below.unwrap_or(text))?, below: below.is_some() })
    }

    fn holds(&self, host: &Host) -> bool {
        if self.below {
            host.labels.len() > self.base.labels.len() && host.ends_in(&self.base.labels)
        } else {
            *host == self.base
        }
    }
}

/// A subtree over URIs, by their host.
#[derive(Debug)]
pub(super) struct Site(Option<Hosts>);

impl Site {
    pub(super) fn read(text: &str) -> Option<Self> {
        // What an empty one means is nowhere said, so that nothing compares with it.
        if text.is_empty() { Some(Self(None)) } else { Hosts::read(text).map(|hosts| Self(Some(hosts))) }
    }

    pub(super) fn holds(&self, host: &Host) -> Stands {
        self.0.as_ref().map_or(Stands::Unclear, |hosts| hosts.holds(host).into())
    }
}

/// An e-mail address. The local part keeps its case (RFC 5280 section 7.5).
#[derive(Debug)]
pub(super) struct Email {
    local: String,
    host: Host,
}

impl Email {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (local, host) = text.split_once('@')?;
        // RFC 5321 dot-string; "a"@b and a@b are the same mailbox, so a quoted one is not read.
        let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        let dots = local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom));
        dots.then(|| Host::read(host)).flatten().map(|host| Self { local: local.into(), host })
    }
}

/// A subtree over e-mail addresses: one mailbox, a host, or all below a domain.
#[derive(Debug)]
pub(super) enum Mail {
    Mailbox(Email),
    Hosts(Hosts),
    /// As with [`Site`].
    Empty,
}

impl Mail {
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::Empty),
            mailbox if mailbox.contains('@') => Email::read(mailbox).map(Self::Mailbox),
            host => Hosts::read(host).map(Self::Hosts),
        }
    }

    pub(super) fn holds(&self, email: &Email) -> Stands {
        match self {
            // Mail servers hardly ever tell Alice from alice, though RFC 5280 section 7.5 does.
            Self::Mailbox(base) if base.host == email.host && base.local != email.local => {
                if base.local.eq_ignore_ascii_case(&email.local) { Stands::Unclear } else { Stands::Outside }
            }
            Self::Mailbox(base) => (base.host == email.host).into(),
            Self::Hosts(hosts) => hosts.holds(&email.host).into(),
            Self::Empty => Stands::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns(base: &str, name: &str) -> Stands {
        Host::with_wildcard(name).map_or(Stands::Unclear, |name| Domain::read(base).unwrap().holds_name(&name))
    }

    fn email(base: &str, name: &str) -> Stands {
        Email::read(name).map_or(Stands::Unclear, |name| Mail::read(base).unwrap().holds(&name))
    }

    fn uri(base: &str, name: &str) -> Stands {
        Host::of_uri(name).map_or(Stands::Unclear, |name| Site::read(base).unwrap().holds(&name))
    }

    #[test]
    fn subtrees_hold_what_the_rfc_says() {
        use Stands::{Inside, Outside, Unclear};
        for (compare, base, name, expected) in [
            (dns as fn(&str, &str) -> Stands, "example.com", "example.com", Inside),
            (dns, "example.com", "A.b.EXAMPLE.com", Inside),
            (dns, "example.com", "badexample.com", Outside),
            (dns, "example.com", "example.com.evil.org", Outside),
            (dns, "a.example.com", "example.com", Outside),
            (dns, "example.com", "example.com.", Unclear),
            (dns, "", "anything.org", Inside),
            (dns, ".example.com", "example.com", Outside),
            (dns, ".example.com", "a.example.com", Inside),
            (dns, ".example.com", "*.example.com", Inside),
            (dns, "example.com", "*.example.com", Inside),
            (dns, "a.example.com", "*.example.com", Unclear),
            (dns, "a.b.example.com", "*.example.com", Unclear),
            (dns, "a.example.com", "*.example.org", Outside),
            (dns, "example.com", "*", Unclear),
            (dns, "example.com", "a.*.example.com", Unclear),
            (dns, "example.com", "exa mple.com", Unclear),
            (dns, "example.com", "", Unclear),
            (email, "alice@example.com", "alice@EXAMPLE.com", Inside),
            (email, "alice@example.com", "Alice@example.com", Unclear),
            (email, "alice@example.com", "bob@example.com", Outside),
            (email, "alice@example.com", "alice@example.org", Outside),
            (email, "example.com", "bob@Example.com", Inside),
            (email, "example.com", "bob@mail.example.com", Outside),
            (email, ".example.com", "bob@mail.example.com", Inside),
            (email, ".example.com", "bob@example.com", Outside),
            (email, ".example.com", "bob@badexample.com", Outside),
            (email, "example.com", "\"bob\"@example.com", Unclear),
            (email, "example.com", "bob@evil.org@example.com", Unclear),
            (email, "example.com", "bob", Unclear),
            (email, "example.com", "@example.com", Unclear),
            (email, "", "bob@example.com", Unclear),
            (uri, "example.com", "spiffe://example.com/staff", Inside),
            (uri, "example.com", "https://user@EXAMPLE.com:443/?q", Inside),
            (uri, "example.com", "spiffe://example.com", Inside),
            (uri, "example.com", "spiffe://a.example.com/", Outside),
            (uri, ".example.com", "spiffe://a.example.com/", Inside),
            (uri, ".example.com", "spiffe://example.com/", Outside),
            (uri, "example.com", "spiffe://evil.org/example.com", Outside),
            (uri, "example.com", "spiffe://evil.org?@example.com", Outside),
            (uri, "example.com", "spiffe://evil.org\\@example.com", Outside),
            (uri, "example.com", "spiffe://a@b@example.com", Unclear),
            (uri, "example.com", "urn:uuid:0", Unclear),
            (uri, "example.com", "https://10.0.0.1/", Unclear),
            (uri, "example.com", "https://[::1]/", Unclear),
            (uri, "example.com", "https://example.com./", Unclear),
            (uri, "example.com", "https://ex%61mple.com/", Unclear),
            (uri, "", "https://example.com/", Unclear),
        ] {
            assert_eq!(compare(base, name), expected, "{name:?} to {base:?}");
        }
    }

    #[test]
    fn subtrees_that_are_none() {
        for text in ["example.com.", "https://example.com", "*.example.com", "a b", ".", "..a", "1.2.3.4"] {
            assert!(Domain::read(text).is_none(), "{text:?} as a dNSName");
            assert!(Mail::read(text).is_none(), "{text:?} as an rfc822Name");
            assert!(Site::read(text).is_none(), "{text:?} as a URI");
        }
    }
}

//! Which identities a route is for.
//!
//! A name is compared with patterns of its own type only: a DNS pattern never meets a text inside
//! a URI (CVE-2022-21656). Case counts in distinguished names and URIs, and does not in the others.

use std::fmt;

use crate::Identity;

/// One entry of a route's `allow`: all of its patterns must match the certificate's names of
/// their type; `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AllowRule(Vec<(NameType, Box<str>)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NameType {
    Subject,
    Issuer,
    Dns,
    Email,
    Uri,
    Ip,
    Upn,
}

static NAME_TYPES: &[(&str, NameType)] = &[
    ("subject", NameType::Subject),
    ("issuer", NameType::Issuer),
    ("dns", NameType::Dns),
    ("email", NameType::Email),
    ("uri", NameType::Uri),
    ("ip", NameType::Ip),
    ("upn", NameType::Upn),
];

/// Why an allow rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AllowRuleError {
    /// Not a type of name.
    #[error("names are of type subject, issuer, dns, email, uri, ip or upn")]
    Type,
    /// An empty pattern.
    #[error("the pattern is empty")]
    Empty,
    /// More than one `*`.
    #[error("a pattern has at most one *")]
    Wildcard,
}

impl AllowRule {
    /// Adds a pattern: `("email", "*@example.com")`.
    ///
    /// # Errors
    /// [`AllowRuleError`] for an unknown type or a bad pattern.
    pub fn and(mut self, name_type: &str, pattern: &str) -> Result<Self, AllowRuleError> {
        let (_, name_type) = *NAME_TYPES.iter().find(|(name, _)| *name == name_type).ok_or(AllowRuleError::Type)?;
        if pattern.is_empty() {
            return Err(AllowRuleError::Empty);
        }
        if pattern.matches('*').count() > 1 {
            return Err(AllowRuleError::Wildcard);
        }
        self.0.push((name_type, pattern.into()));
        Ok(self)
    }

    /// Whether every pattern finds a name. A rule without patterns allows nobody.
    #[must_use]
    pub fn allows(&self, identity: &Identity) -> bool {
        let sans = &identity.sans;
        !self.0.is_empty()
            && self.0.iter().all(|(name_type, pattern)| {
                let any = |names: &[String], fold: bool| names.iter().any(|name| matches(pattern, name, fold));
                match name_type {
                    NameType::Subject => matches(pattern, &identity.subject, false),
                    NameType::Issuer => matches(pattern, &identity.issuer, false),
                    NameType::Dns => any(&sans.dns, true),
                    NameType::Email => any(&sans.email, true),
                    NameType::Uri => any(&sans.uri, false),
                    NameType::Ip => any(&sans.ip, true),
                    NameType::Upn => any(&sans.upn, true),
                }
            })
    }
}

/// As configuration has it: `email = "*@example.com"`, several joined by `and`.
impl fmt::Display for AllowRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (name_type, pattern)) in self.0.iter().enumerate() {
            let code = NAME_TYPES.iter().find(|(_, t)| t == name_type).map_or("", |(code, _)| code);
            write!(f, "{}{code} = {pattern:?}", if n > 0 { " and " } else { "" })?;
        }
        Ok(())
    }
}

fn matches(pattern: &str, name: &str, fold_case: bool) -> bool {
    // Bytes: a pattern's text is whole, so its parts begin and end where characters do.
    let same = |a: &[u8], b: &[u8]| if fold_case { a.eq_ignore_ascii_case(b) } else { a == b };
    let name = name.as_bytes();
    match pattern.split_once('*') {
        None => same(pattern.as_bytes(), name),
        Some((start, end)) => {
            name.len() >= start.len() + end.len()
                && same(name.get(..start.len()).unwrap_or_default(), start.as_bytes())
                && same(name.get(name.len() - end.len()..).unwrap_or_default(), end.as_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allow_rules_never_mix_types_of_names() {
        let identity = Identity {
            subject: "CN=alice".into(),
            issuer: "CN=ca".into(),
            serial: "1".into(),
            sans: crate::SubjectAltNames {
                email: vec!["Alice@Example.com".into()],
                uri: vec!["spiffe://example.com/alice".into()],
                ..Default::default()
            },
            sha256: [0; 32],
            spki_sha256: [0; 32],
            not_before: crate::UnixTime(0),
            not_after: crate::UnixTime(1),
        };
        let rule = |t, p| AllowRule::default().and(t, p).unwrap();
        assert!(rule("email", "*@example.com").allows(&identity));
        assert!(rule("uri", "spiffe://example.com/*").allows(&identity));
        assert!(!rule("uri", "spiffe://example.com/bob*").allows(&identity));
        assert!(!rule("uri", "*@example.com").allows(&identity));
        assert!(!rule("dns", "*").allows(&identity));
        assert!(!rule("email", "*@example.com").and("subject", "CN=bob").unwrap().allows(&identity));
        assert!(!AllowRule::default().allows(&identity));
        let both = rule("email", "*@example.com").and("subject", "CN=bob").unwrap();
        assert_eq!(both.to_string(), r#"email = "*@example.com" and subject = "CN=bob""#);
        // the parts around * may not overlap in the name
        assert!(!rule("subject", "CN=ali*lice").allows(&identity));
        assert_eq!(AllowRule::default().and("cn", "x"), Err(AllowRuleError::Type));
        assert_eq!(AllowRule::default().and("dns", "**"), Err(AllowRuleError::Wildcard));
    }
}

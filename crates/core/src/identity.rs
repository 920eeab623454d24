//! Who sent the request: what a verified leaf certificate says, and what is known of the client.
//!
//! Core never parses a certificate: the gateway judges the chain and hands over the result. Core
//! checks again, per request, what time can change.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Reason, Refusal};

/// Seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub i64);

/// The names of a certificate's subjectAltName extension, by type (RFC 5280 section 4.2.1.6).
/// Types are never mixed: a DNS rule must not match a text inside a URI (CVE-2022-21656).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectAltNames {
    /// dNSName
    pub dns: Vec<String>,
    /// rfc822Name
    pub email: Vec<String>,
    /// uniformResourceIdentifier
    pub uri: Vec<String>,
    /// iPAddress, as text
    pub ip: Vec<String>,
    /// otherName 1.3.6.1.4.1.311.20.2.3, the Microsoft user principal name
    pub upn: Vec<String>,
}

/// What a verified leaf certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Subject, as an RFC 4514 string.
    pub subject: String,
    /// Issuer, as an RFC 4514 string.
    pub issuer: String,
    /// Serial number, lower-case hexadecimal without leading zeros.
    pub serial: String,
    /// Typed alternative names.
    pub sans: SubjectAltNames,
    /// SHA-256 of the certificate's DER.
    pub sha256: [u8; 32],
    /// SHA-256 of the SubjectPublicKeyInfo's DER.
    pub spki_sha256: [u8; 32],
    /// Start of validity, inclusive.
    pub not_before: UnixTime,
    /// End of validity, inclusive (RFC 5280 section 4.1.2.5).
    pub not_after: UnixTime,
}

impl Identity {
    /// Whether the certificate is inside its validity. Asked for each request: a connection may
    /// outlive the certificate that opened it.
    pub(crate) fn check_validity(&self, now: UnixTime) -> Result<(), Refusal> {
        if now > self.not_after {
            return Err(Refusal::new(Reason::ClientCertExpired)
                .received(format!("{}, valid until {}", self.subject, self.not_after)));
        }
        if now < self.not_before {
            return Err(Refusal::new(Reason::ClientCertNotYetValid)
                .received(format!("{}, valid from {}", self.subject, self.not_before)));
        }
        Ok(())
    }
}

/// What is known of the client when a request is decided.
#[derive(Clone, Copy, Debug)]
pub enum Client<'a> {
    /// The connection has no client certificate.
    Anonymous,
    /// The chain was judged and holds.
    Verified(&'a Identity),
    /// A certificate was presented and refused; never treated as anonymous.
    Rejected(&'a Refusal),
}

/// One of a site's trusts: its position in the site's list. The first is the site's own; routes may
/// ask for another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrustIndex(pub u16);

/// What is known of one client under each of a site's trusts.
///
/// A route may ask for another trust than its site, so the certificate is judged by the trust of the
/// route that a request falls under, and by no other.
pub trait Clients {
    /// The client as this trust sees it.
    fn under(&self, trust: TrustIndex) -> Client<'_>;
}

/// The same under every trust: for sites that have one.
impl Clients for Client<'_> {
    fn under(&self, _: TrustIndex) -> Client<'_> {
        *self
    }
}

/// RFC 3339, in UTC.
impl std::fmt::Display for UnixTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match OffsetDateTime::from_unix_timestamp(self.0).ok().and_then(|t| t.format(&Rfc3339).ok()) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} s after 1970", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_everyone_writes_them() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (i64::MAX, "9223372036854775807 s after 1970"),
        ] {
            assert_eq!(UnixTime(secs).to_string(), text);
        }
    }
}

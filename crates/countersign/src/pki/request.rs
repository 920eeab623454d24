//! What is asked of the CA, and whether it can be granted.
//!
//! A request holds text as a person typed it. [`ServerRequest::check`] and [`ClientRequest::check`]
//! turn it into a `Profile`, whose names are typed and safe, or return *every* problem at once:
//! nobody should learn of the second typo after mending the first.
//!
//! A profile is used for one thing, as server or as client, never both: a stolen server key must
//! not log in as a user (RFC 5280, 4.2.1.12).

use std::borrow::Cow;

use super::{San, SanError, Usage, text};

/// The longest life of any certificate, in days.
pub const MAX_DAYS: u32 = 36_500;

/// A server certificate for these names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRequest {
    /// DNS names, `*.` wildcards or IP addresses. The first one is the common name as well.
    pub names: Vec<String>,
    /// Life in days from now.
    pub days: u32,
}

/// A client certificate for this person or program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientRequest {
    /// The common name.
    pub name: String,
    /// Organisation of the subject.
    pub organization: Option<String>,
    /// Organisational unit of the subject.
    pub unit: Option<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// URIs, for example one SPIFFE ID.
    pub uris: Vec<String>,
    /// User principal names (Active Directory).
    pub upns: Vec<String>,
    /// Host names.
    pub dns: Vec<String>,
    /// Life in days from now.
    pub days: u32,
}

/// Why a request cannot be granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// An attribute of the subject.
    #[error("invalid {attribute} {value:?}: {expected}")]
    Subject {
        /// Name, organisation or unit.
        attribute: &'static str,
        /// As it was given.
        value: String,
        /// What it should have been.
        expected: Cow<'static, str>,
    },
    /// A subject alternative name.
    #[error(transparent)]
    San(#[from] SanError),
    /// A server certificate without any name.
    #[error("no server name: expected at least one DNS name or IP address")]
    NoServerName,
    /// A SPIFFE certificate has one URI and no other.
    #[error("SPIFFE ID \"{id}\" among {count} URIs: expected it alone, verifiers refuse more")]
    SpiffeNotAlone {
        /// The SPIFFE ID.
        id: String,
        /// How many URIs there are with it.
        count: usize,
    },
    /// A life of no days, or of more than the format can express sensibly.
    #[error("invalid days {0}: expected 1 to {MAX_DAYS}")]
    Days(u32),
    /// A serial number that is none.
    #[error("invalid serial number {0:?}: expected at most 20 bytes in hexadecimal, colons do no harm")]
    Serial(String),
    /// A name that cannot name a file.
    #[error("invalid name {value:?} for a file: {expected}")]
    FileName {
        /// As it was given.
        value: String,
        /// What it should have been.
        expected: &'static str,
    },
    /// A password that does not protect, or that programs read differently.
    #[error("invalid password in \"{file}\": {expected}")]
    Password {
        /// The file it came from. The password itself is never shown.
        file: String,
        /// What it should have been.
        expected: &'static str,
    },
}

/// A granted request: what a certificate will say, apart from time and serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) common_name: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) sans: Vec<San>,
    pub(super) usage: Usage,
    pub(super) days: u32,
}

impl ServerRequest {
    /// All that is wrong with this request, if anything is.
    pub fn check(&self) -> Result<(), Vec<RequestError>> {
        self.profile().map(drop)
    }

    pub(super) fn profile(&self) -> Result<Profile, Vec<RequestError>> {
        let mut problems = days(self.days);
        if self.names.is_empty() {
            problems.push(RequestError::NoServerName);
        }
        let sans = parse_all(&mut problems, &[(&self.names, San::server)]);
        // A host name may be longer than a common name may be. Clients look at the SANs alone, so
        // the first name that fits does; without any, the subject stays empty (RFC 5280, 4.1.2.6).
        let text = |san: &San| match san {
            San::Ip(ip) => ip.to_string(),
            San::Dns(name) | San::Email(name) | San::Uri(name) | San::Upn(name) => name.clone(),
        };
        let common_name = sans.iter().map(text).find(|name| name.len() <= text::MAX_CHARS);
        granted(
            problems,
            Profile { common_name, organization: None, unit: None, sans, usage: Usage::ServerAuth, days: self.days },
        )
    }
}

impl ClientRequest {
    /// All that is wrong with this request, if anything is.
    pub fn check(&self) -> Result<(), Vec<RequestError>> {
        self.profile().map(drop)
    }

    pub(super) fn profile(&self) -> Result<Profile, Vec<RequestError>> {
        let mut problems = days(self.days);
        problems.extend(subject("name", &self.name));
        problems.extend(self.organization.as_deref().and_then(|value| subject("organisation", value)));
        problems.extend(self.unit.as_deref().and_then(|value| subject("organisational unit", value)));
        let sans = parse_all(
            &mut problems,
            &[(&self.emails, San::email), (&self.uris, San::uri), (&self.upns, San::upn), (&self.dns, San::dns)],
        );
        let uris = sans.iter().filter(|san| matches!(san, San::Uri(_))).count();
        if let Some(San::Uri(id)) = sans.iter().find(|san| san.is_spiffe())
            && uris > 1
        {
            problems.push(RequestError::SpiffeNotAlone { id: id.clone(), count: uris });
        }
        let profile = Profile {
            common_name: Some(self.name.clone()),
            organization: self.organization.clone(),
            unit: self.unit.clone(),
            sans,
            usage: Usage::ClientAuth,
            days: self.days,
        };
        granted(problems, profile)
    }
}

/// The problem with `value` as `attribute` of a subject, if there is one.
pub(super) fn subject(attribute: &'static str, value: &str) -> Option<RequestError> {
    let expected = text::check(value).err()?;
    Some(RequestError::Subject { attribute, value: value.to_owned(), expected })
}

/// The problem with a life of `days`, as a list to add others to.
pub(super) fn days(days: u32) -> Vec<RequestError> {
    if (1..=MAX_DAYS).contains(&days) { Vec::new() } else { vec![RequestError::Days(days)] }
}

type Parser = fn(&str) -> Result<San, SanError>;

/// Every name once, in the order given.
fn parse_all(problems: &mut Vec<RequestError>, sources: &[(&Vec<String>, Parser)]) -> Vec<San> {
    let mut sans = Vec::new();
    for (texts, parse) in sources {
        for text in *texts {
            match parse(text) {
                Ok(san) if sans.contains(&san) => {}
                Ok(san) => sans.push(san),
                Err(problem) => problems.push(problem.into()),
            }
        }
    }
    sans
}

fn granted(problems: Vec<RequestError>, profile: Profile) -> Result<Profile, Vec<RequestError>> {
    if problems.is_empty() { Ok(profile) } else { Err(problems) }
}

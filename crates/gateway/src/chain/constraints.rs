//! Name constraints (RFC 5280 section 4.2.1.10): which names a CA may give.
//!
//! Each name of a certificate is compared with the constraints of every CA above it and of the
//! anchor. The answer has three values: inside, outside, or not comparable. A name passes if it is
//! inside one permitted subtree of its form (where there are any) and outside every excluded one;
//! *not comparable* is neither, so that a name no two programs agree on never slips through a
//! limit. Whether the extension is critical makes no difference: a limit that was written down
//! holds.
//!
//! Compared: dNSName, rfc822Name, URI, iPAddress and directoryName. The subject counts as a
//! directoryName, and its emailAddress attributes as rfc822Names, beside alternative names too.
//! A CN is no DNS name and is not compared as one. A name of another form (otherName such as a UPN,
//! registeredID, ediPartyName) is refused below a CA that constrains that form.

mod directory;
mod host;
mod ip;

use der::asn1::ObjectIdentifier;
use directory::Directory;
use host::{Domain, Email, Host, Mail, Site};
use ip::{Address, Network};
use x509_cert::{
    ext::pkix::{NameConstraints, constraints::name::GeneralSubtree, name::GeneralName},
    name::Name,
};

use crate::certificate::{Content, text};

/// A CA can list thousands of subtrees and a certificate thousands of names; the product is time.
const MAX_COMPARISONS: usize = 50_000;

const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
/// otherName of an e-mail address beyond ASCII; rfc822Name constraints bind it (RFC 9598 section 6).
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");

/// Where a name stands to a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Inside,
    Outside,
    /// Nobody can say.
    Unclear,
}

impl From<bool> for Stands {
    fn from(inside: bool) -> Self {
        if inside { Self::Inside } else { Self::Outside }
    }
}

/// The constraints of one CA.
#[derive(Debug)]
pub(crate) struct Constraints {
    permitted: Vec<Base>,
    excluded: Vec<Base>,
}

/// What a subtree starts from.
#[derive(Debug)]
enum Base {
    Dns(Domain),
    Email(Mail),
    Uri(Site),
    Ip(Network),
    Directory(Directory),
    Other(&'static str),
}

/// A name that a certificate bears. None: it cannot be compared.
#[derive(Debug)]
enum Presented {
    Dns(String, Option<Host>),
    Email(String, Option<Email>),
    Uri(String, Option<Host>),
    Ip(Address),
    Directory(String, Directory),
    Other(&'static str),
}

impl Constraints {
    /// # Errors
    /// What RFC 5280 does not allow, or what cannot be understood.
    pub(crate) fn read(found: &NameConstraints) -> Result<Self, String> {
        let subtrees = |list: &Option<Vec<GeneralSubtree>>| match list {
            Some(list) if list.is_empty() => Err("a list of subtrees is empty".into()),
            Some(list) => list.iter().map(base).collect(),
            None => Ok(Vec::new()),
        };
        let malformed = |why: String| format!("its name constraints cannot be read: {why}");
        let permitted = subtrees(&found.permitted_subtrees).map_err(malformed)?;
        let excluded: Vec<_> = subtrees(&found.excluded_subtrees).map_err(malformed)?;
        if permitted.is_empty() && excluded.is_empty() {
            return Err(malformed("there is none".into()));
        }
        Ok(Self { permitted, excluded })
    }
}

fn base(subtree: &GeneralSubtree) -> Result<Base, String> {
    // RFC 5280: the minimum MUST be zero, and maximum MUST be absent.
    if subtree.minimum != 0 || subtree.maximum.is_some() {
        return Err("a subtree has a minimum or a maximum".into());
    }
    let quoted = |form: &str, text: &str| format!("{form} {text:?}");
    Ok(match &subtree.base {
        GeneralName::DnsName(text) => {
            Base::Dns(Domain::read(text.as_str()).ok_or_else(|| quoted("dNSName", text.as_str()))?)
        }
        GeneralName::Rfc822Name(text) => {
            Base::Email(Mail::read(text.as_str()).ok_or_else(|| quoted("rfc822Name", text.as_str()))?)
        }
        GeneralName::UniformResourceIdentifier(text) => {
            Base::Uri(Site::read(text.as_str()).ok_or_else(|| quoted("URI", text.as_str()))?)
        }
        GeneralName::IpAddress(bytes) => {
            Base::Ip(Network::read(bytes.as_bytes()).ok_or("an iPAddress that is no network")?)
        }
        GeneralName::DirectoryName(name) => Base::Directory(Directory::read(name).map_err(|e| e.to_string())?),
        other => Base::Other(form(other)),
    })
}

fn form(name: &GeneralName) -> &'static str {
    match name {
        GeneralName::OtherName(_) => "otherName",
        GeneralName::EdiPartyName(_) => "ediPartyName",
        GeneralName::RegisteredId(_) => "registeredID",
        GeneralName::Rfc822Name(_) => "rfc822Name",
        GeneralName::DnsName(_) => "dNSName",
        GeneralName::DirectoryName(_) => "directoryName",
        GeneralName::UniformResourceIdentifier(_) => "URI",
        GeneralName::IpAddress(_) => "iPAddress",
    }
}

/// The constraints met on the way down a path.
#[derive(Debug, Default)]
pub(super) struct Walk<'a> {
    above: Vec<&'a Constraints>,
    compared: usize,
}

impl<'a> Walk<'a> {
    /// From here on the constraints of this CA hold too.
    pub(super) fn enter(&mut self, ca: &'a Content) -> Result<(), String> {
        match &ca.constraints {
            Some(Ok(constraints)) => self.above.push(constraints),
            Some(Err(why)) => return Err(why.clone()),
            None => {}
        }
        Ok(())
    }

    /// Whether all constraints above let this certificate bear its names.
    pub(super) fn check(&mut self, content: &Content) -> Result<(), String> {
        if self.above.is_empty() {
            return Ok(());
        }
        let names = presented(content)?;
        for constraints in &self.above {
            self.compared += names.len() * (constraints.permitted.len() + constraints.excluded.len());
            if self.compared > MAX_COMPARISONS {
                return Err(format!("more than {MAX_COMPARISONS} comparisons of names with constraints"));
            }
            for name in &names {
                allowed(name, constraints)?;
            }
        }
        Ok(())
    }
}

fn presented(content: &Content) -> Result<Vec<Presented>, String> {
    let mut names = Vec::new();
    let directory = |name: &Name, names: &mut Vec<Presented>| {
        let read = Directory::read(name).map_err(|error| error.to_string())?;
        names.push(Presented::Directory(name.to_string(), read));
        for attribute in name.iter().filter(|attribute| attribute.oid == EMAIL_ADDRESS) {
            let address = text(&attribute.value).ok().flatten();
            let email = address.as_deref().and_then(Email::read);
            names.push(Presented::Email(address.unwrap_or_default().into_owned(), email));
        }
        Ok::<_, String>(())
    };
    let subject = content.cert.tbs_certificate().subject();
    if !subject.is_empty() {
        directory(subject, &mut names)?;
    }
    for name in &content.alt_names {
        match name {
            GeneralName::DirectoryName(name) => directory(name, &mut names)?,
            GeneralName::DnsName(text) => {
                names.push(Presented::Dns(text.to_string(), Host::with_wildcard(text.as_str())));
            }
            GeneralName::Rfc822Name(text) => {
                names.push(Presented::Email(text.to_string(), Email::read(text.as_str())));
            }
            GeneralName::UniformResourceIdentifier(text) => {
                names.push(Presented::Uri(text.to_string(), Host::of_uri(text.as_str())));
            }
            GeneralName::IpAddress(bytes) => {
                names.push(Presented::Ip(Address::read(bytes.as_bytes()).ok_or("an iPAddress that is none")?));
            }
            GeneralName::OtherName(other) => {
                if other.type_id == SMTP_UTF8_MAILBOX {
                    names.push(Presented::Email("SmtpUTF8Mailbox".into(), None));
                }
                names.push(Presented::Other(form(name)));
            }
            GeneralName::EdiPartyName(_) | GeneralName::RegisteredId(_) => names.push(Presented::Other(form(name))),
        }
    }
    Ok(names)
}

fn allowed(name: &Presented, constraints: &Constraints) -> Result<(), String> {
    let stands = |base: &Base| stands(name, base);
    let unclear = || format!("{name} cannot be compared with the name constraints of a CA above");
    for base in &constraints.excluded {
        match stands(base) {
            Some(Stands::Inside) => return Err(format!("{name} is among the names that a CA above may not give")),
            Some(Stands::Unclear) => return Err(unclear()),
            Some(Stands::Outside) | None => {}
        }
    }
    let permitted: Vec<_> = constraints.permitted.iter().filter_map(stands).collect();
    if permitted.is_empty() || permitted.contains(&Stands::Inside) {
        return Ok(());
    }
    if permitted.contains(&Stands::Unclear) {
        return Err(unclear());
    }
    Err(format!("{name} is not among the names that a CA above may give"))
}

/// None if the subtree is of another form, and so says nothing about the name.
fn stands(name: &Presented, base: &Base) -> Option<Stands> {
    let or_unclear = |compared: Option<Stands>| Some(compared.unwrap_or(Stands::Unclear));
    // No catch-all for either side: a new form has to be thought about.
    match (name, base) {
        (Presented::Dns(_, name), Base::Dns(base)) => or_unclear(name.as_ref().map(|name| base.holds_name(name))),
        (Presented::Email(_, name), Base::Email(base)) => or_unclear(name.as_ref().map(|name| base.holds(name))),
        (Presented::Uri(_, name), Base::Uri(base)) => or_unclear(name.as_ref().map(|name| base.holds(name))),
        (Presented::Ip(name), Base::Ip(base)) => Some(base.holds(name)),
        (Presented::Directory(_, name), Base::Directory(base)) => Some(base.holds(name)),
        (Presented::Other(name), Base::Other(base)) => (name == base).then_some(Stands::Unclear),
        (
            Presented::Dns(..)
            | Presented::Email(..)
            | Presented::Uri(..)
            | Presented::Ip(_)
            | Presented::Directory(..)
            | Presented::Other(_),
            Base::Dns(_) | Base::Email(_) | Base::Uri(_) | Base::Ip(_) | Base::Directory(_) | Base::Other(_),
        ) => None,
    }
}

impl std::fmt::Display for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns(text, _) => write!(f, "the DNS name {text:?}"),
            Self::Email(text, _) => write!(f, "the e-mail address {text:?}"),
            Self::Uri(text, _) => write!(f, "the URI {text:?}"),
            Self::Ip(address) => write!(f, "the IP address {address}"),
            Self::Directory(text, _) => write!(f, "the name {text:?}"),
            Self::Other(form) => write!(f, "a name of the form {form}"),
        }
    }
}

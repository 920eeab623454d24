//! What one certificate may do: its validity, and what its extensions let it be used for.
//!
//! Choices where RFC 5280 leaves one: an absent extendedKeyUsage limits nothing (section
//! 4.2.1.12), but where there is one, on the leaf, on a CA or on the anchor, it must name
//! clientAuth; `anyExtendedKeyUsage` alone is not enough, because it was not issued *for* this. An
//! absent keyUsage limits nothing either. A CA certificate is never a client.

use std::fmt::Display;

use countersign_core::{Reason, Refusal, UnixTime};
use der::asn1::ObjectIdentifier;

use crate::certificate::Content;

const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// Inside its validity, both ends included (RFC 5280 section 4.1.2.5). `who` is how people know it.
pub(super) fn check_validity(content: &Content, who: &dyn Display, now: UnixTime) -> Result<(), Refusal> {
    if now > content.not_after {
        return Err(
            Refusal::new(Reason::ClientCertExpired).received(format!("{who}, valid until {}", content.not_after))
        );
    }
    if now < content.not_before {
        return Err(
            Refusal::new(Reason::ClientCertNotYetValid).received(format!("{who}, valid from {}", content.not_before))
        );
    }
    Ok(())
}

/// A certificate in between.
pub(super) fn check_ca(content: &Content, who: &dyn Display, now: UnixTime) -> Result<(), Refusal> {
    check_critical(content, who)?;
    check_validity(content, who, now)?;
    let wrong = |what: &str| Refusal::new(Reason::ClientCertWrongUsage).received(format!("{who}, {what}"));
    if !content.is_ca {
        return Err(wrong("which may not issue any certificate (basicConstraints)"));
    }
    if content.usage.as_ref().is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(wrong("which may not sign certificates (keyUsage)"));
    }
    check_purpose(content, who)
}

/// The certificate that the client holds the key of.
pub(super) fn check_leaf(content: &Content, who: &dyn Display, now: UnixTime) -> Result<(), Refusal> {
    check_critical(content, who)?;
    check_validity(content, who, now)?;
    let wrong = |what: &str| Refusal::new(Reason::ClientCertWrongUsage).received(format!("{who}, {what}"));
    if content.is_ca {
        return Err(wrong("a CA certificate"));
    }
    check_purpose(content, who)?;
    if content.usage.as_ref().is_some_and(|usage| !usage.digital_signature()) {
        return Err(wrong("whose keyUsage leaves out digitalSignature"));
    }
    Ok(())
}

/// What an anchor must be at any time; its validity is asked with each chain.
pub(crate) fn check_anchor(content: &Content) -> Result<(), String> {
    if !content.is_ca {
        return Err("is no CA certificate (basicConstraints)".into());
    }
    if content.usage.as_ref().is_some_and(|usage| !usage.key_cert_sign()) {
        return Err("may not sign certificates (keyUsage)".into());
    }
    if !names_clients(content) {
        return Err("is not for clients (extendedKeyUsage without clientAuth)".into());
    }
    match content.unknown_critical {
        Some(extension) => Err(format!("has the critical extension {extension}, which is not understood")),
        None => Ok(()),
    }
}

fn check_purpose(content: &Content, who: &dyn Display) -> Result<(), Refusal> {
    if names_clients(content) {
        return Ok(());
    }
    Err(Refusal::new(Reason::ClientCertWrongUsage).received(who.to_string()).expected("extendedKeyUsage clientAuth"))
}

fn names_clients(content: &Content) -> bool {
    content.purposes.as_ref().is_none_or(|purposes| purposes.contains(&CLIENT_AUTH))
}

/// RFC 5280 section 4.2: what is critical and not understood refuses the certificate.
fn check_critical(content: &Content, who: &dyn Display) -> Result<(), Refusal> {
    match content.unknown_critical {
        Some(extension) => Err(Refusal::new(Reason::ClientCertMalformed)
            .received(format!("{who}, with the critical extension {extension}, which is not understood"))),
        None => Ok(()),
    }
}

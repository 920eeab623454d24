//! PEM files: certificates where certificates belong, one key where a key belongs.
//!
//! Strict on purpose. A decoder that takes what it knows and skips the rest would read a bundle
//! that was cut off while it was copied as a shorter bundle, and a key among certificates as
//! nothing at all.

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{Error, PemObject, SectionKind},
};

/// What is wrong with a file, and what to do about it.
pub(super) type Fault = (String, String);

/// All certificates of a file, at least one, and nothing else.
pub(super) fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let blocks = blocks(bytes, "CERTIFICATE")?;
    let mut list = Vec::new();
    for block in blocks {
        match (block.label.as_str(), block.der) {
            ("CERTIFICATE", Some(der)) => list.push(CertificateDer::from(der)),
            ("TRUSTED CERTIFICATE", _) => {
                return Err(fault(
                    "it holds a \"TRUSTED CERTIFICATE\", which only OpenSSL reads",
                    "convert it: openssl x509 -in FILE -out FILE.pem",
                ));
            }
            (label, _) if label.ends_with("PRIVATE KEY") => {
                return Err(fault(
                    "it holds a private key where certificates are expected",
                    "keep the key in a file of its own, and name that in the key of its site",
                ));
            }
            (label, _) => {
                return Err((
                    format!("it holds a block {label:?} where certificates are expected"),
                    "remove the block".into(),
                ));
            }
        }
    }
    Ok(list)
}

/// All CRLs of a file, at least one, and nothing else: PEM, or one in DER.
pub(super) fn crls(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    // A SEQUENCE; no text starts with 0.
    if let Some((0x30, rest)) = bytes.split_first()
        && rest.first().is_some_and(|length| *length >= 0x80)
    {
        return Ok(vec![bytes.to_vec()]);
    }
    let mut list = Vec::new();
    for block in blocks(bytes, "X509 CRL")? {
        match (block.label.as_str(), block.der) {
            ("X509 CRL", Some(der)) => list.push(der),
            ("CERTIFICATE", _) => {
                return Err(fault(
                    "it holds a certificate where CRLs are expected",
                    "name CA certificates in ca, and the lists of what they revoked in crl",
                ));
            }
            (label, _) => {
                return Err((format!("it holds a block {label:?} where CRLs are expected"), "remove the block".into()));
            }
        }
    }
    Ok(list)
}

/// The one private key of a file.
pub(super) fn private_key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, Fault> {
    let mut found = None;
    for block in blocks(bytes, "PRIVATE KEY")? {
        let encrypted = block.label == "ENCRYPTED PRIVATE KEY" || block.encrypted;
        match (block.label.as_str(), block.kind, block.der) {
            // `openssl ecparam -genkey` writes the curve before the key.
            ("EC PARAMETERS", ..) => {}
            _ if encrypted => {
                return Err(fault(
                    "the private key is encrypted, and nobody is there to type a pass phrase",
                    "decrypt it: openssl pkey -in FILE -out FILE.key, and keep it readable by its owner alone",
                ));
            }
            (label, Some(kind), Some(der)) if label.ends_with("PRIVATE KEY") => {
                let key = PrivateKeyDer::from_pem(kind, der);
                if found.replace(key).is_some() {
                    return Err(fault("it holds several private keys", "keep the one that belongs to the certificate"));
                }
            }
            ("CERTIFICATE", ..) => {
                return Err(fault(
                    "it holds a certificate where a private key is expected",
                    "name the certificate in certificate, and the file with its key in key",
                ));
            }
            (label, ..) => {
                return Err((
                    format!("it holds a block {label:?} where a private key is expected"),
                    "remove the block".into(),
                ));
            }
        }
    }
    found.flatten().ok_or_else(|| fault("it holds no private key", "expected a block \"-----BEGIN PRIVATE KEY-----\""))
}

struct Block {
    label: String,
    kind: Option<SectionKind>,
    /// None for labels that the decoder does not know.
    der: Option<Vec<u8>>,
    encrypted: bool,
}

fn fault(message: &str, help: &str) -> Fault {
    (message.into(), help.into())
}

/// Splits a file into its blocks, none of them cut off.
fn blocks(bytes: &[u8], expected: &str) -> Result<Vec<Block>, Fault> {
    if bytes.trim_ascii().is_empty() {
        return Err(fault("it is empty", "write it anew; a copy may have failed"));
    }
    let text = String::from_utf8_lossy(bytes);
    let starts: Vec<usize> = text.match_indices("-----BEGIN").map(|(at, _)| at).collect();
    if starts.is_empty() {
        let help = if bytes.first() == Some(&0x30) {
            "it looks like DER: convert it with openssl x509 -inform der -in FILE -out FILE.pem"
        } else {
            "see what it is with openssl storeutl -noout -text FILE"
        };
        return Err((format!("it holds no PEM block: expected \"-----BEGIN {expected}-----\""), help.into()));
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(&start, end)| block(text.get(start..end).unwrap_or_default())).collect()
}

fn block(text: &str) -> Result<Block, Fault> {
    let label = text.lines().next().and_then(|line| line.strip_prefix("-----BEGIN ")?.trim_end().strip_suffix("-----"));
    let Some(label) = label else {
        return Err(fault("a PEM block starts wrong", "expected a line \"-----BEGIN CERTIFICATE-----\" or alike"));
    };
    if !text.lines().any(|line| line.trim_end() == format!("-----END {label}-----")) {
        return Err((
            format!("it is cut off: \"-----END {label}-----\" is missing"),
            "write it anew; a copy may have failed".into(),
        ));
    }
    let encrypted = text.lines().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"));
    let (kind, der) = if encrypted {
        (None, None)
    } else {
        match <(SectionKind, Vec<u8>)>::from_pem_slice(text.as_bytes()) {
            Ok((kind, der)) => (Some(kind), Some(der)),
            Err(Error::NoItemsFound) => (None, None),
            Err(_) => {
                return Err((
                    format!("the block {label:?} is no base64"),
                    "write it anew; a copy may have failed".into(),
                ));
            }
        }
    };
    Ok(Block { label: label.into(), kind, der, encrypted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_words() {
        let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        for (text, expect) in [
            ("", "it is empty"),
            (" \n", "it is empty"),
            ("hello", "it holds no PEM block"),
            (cut, "it is cut off"),
            (&format!("{certificate}{cut}"), "it is cut off"),
            (&format!("{cut}{certificate}"), "it is cut off"),
            (&format!("{certificate}-----BEGIN CERTI"), "a PEM block starts wrong"),
            ("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----", "is no base64"),
            (key, "it holds a private key where"),
            (&format!("{certificate}{key}"), "it holds a private key where"),
            ("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----", "it holds a block \"X509 CRL\""),
            ("-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----", "only OpenSSL reads"),
        ] {
            let (message, _) = certificates(text.as_bytes()).unwrap_err();
            assert!(message.contains(expect), "{text:?}: {message}");
        }
        assert_eq!(certificates(format!("# comment\n{certificate}{certificate}").as_bytes()).unwrap().len(), 2);
        for (text, expect) in [
            (certificate, "it holds a certificate where"),
            (&format!("{key}{key}"), "several private keys"),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "is encrypted"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAAA\n-----END RSA PRIVATE KEY-----",
                "is encrypted",
            ),
            ("-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----", "holds no private key"),
        ] {
            let (message, _) = private_key(text.as_bytes()).unwrap_err();
            assert!(message.contains(expect), "{text:?}: {message}");
        }
        for (text, expect) in [
            ("", "it is empty"),
            (certificate, "it holds a certificate where"),
            (key, "it holds a block \"PRIVATE KEY\" where"),
            ("0 words", "it holds no PEM block"),
        ] {
            let (message, _) = crls(text.as_bytes()).unwrap_err();
            assert!(message.contains(expect), "{text:?}: {message}");
        }
        let crl = "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";
        assert_eq!(crls(format!("# of the CA\n{crl}{crl}").as_bytes()).unwrap(), [[0x30, 0], [0x30, 0]]);
        assert_eq!(crls(&[0x30, 0x81, 0x80, 1]).unwrap(), [[0x30, 0x81, 0x80, 1]], "DER is one CRL");
        let curve = "-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n";
        assert!(private_key(format!("{curve}{key}").as_bytes()).is_ok());
    }
}

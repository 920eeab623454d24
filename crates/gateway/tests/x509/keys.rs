//! Keys, strong and weak. What aws-lc-rs does not make, the `openssl` command does.

use std::{path::PathBuf, process::Command, rc::Rc};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
    },
};

use crate::asn1::{bits, oid, seq, tlv};

/// A private key; clones are the same key.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) spki: Vec<u8>,
    pub(crate) private: Rc<Private>,
}

pub(crate) enum Private {
    Ecdsa(EcdsaKeyPair, &'static str),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
    /// A PEM file; the directory goes with it.
    Openssl(PathBuf, tempfile::TempDir),
}

/// How to sign with a key of OpenSSL.
#[derive(Clone, Copy)]
pub(crate) struct Weak {
    pub(crate) digest: &'static str,
    pub(crate) algorithm: &'static str,
}

fn null() -> Vec<u8> {
    tlv(0x05, &[])
}

impl Key {
    pub(crate) fn p256() -> Self {
        Self::ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, "1.2.840.10045.3.1.7", "1.2.840.10045.4.3.2")
    }

    pub(crate) fn p384() -> Self {
        Self::ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING, "1.3.132.0.34", "1.2.840.10045.4.3.3")
    }

    pub(crate) fn p521() -> Self {
        Self::ecdsa(&ECDSA_P521_SHA512_ASN1_SIGNING, "1.3.132.0.35", "1.2.840.10045.4.3.4")
    }

    fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm, curve: &str, signature: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let spki = seq(&[seq(&[oid("1.2.840.10045.2.1"), oid(curve)]), bits(pair.public_key().as_ref())]);
        Self { spki, private: Rc::new(Private::Ecdsa(pair, signature)) }
    }

    pub(crate) fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let spki = seq(&[seq(&[oid("1.3.101.112")]), bits(pair.public_key().as_ref())]);
        Self { spki, private: Rc::new(Private::Ed25519(pair)) }
    }

    pub(crate) fn rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let spki = seq(&[seq(&[oid("1.2.840.113549.1.1.1"), null()]), bits(pair.public_key().as_ref())]);
        Self { spki, private: Rc::new(Private::Rsa(pair)) }
    }

    /// Arguments of `openssl genpkey`.
    pub(crate) fn openssl(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key.pem");
        run(Command::new("openssl").arg("genpkey").args(arguments).arg("-out").arg(&file));
        let spki = run(Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(&file));
        Self { spki, private: Rc::new(Private::Openssl(file, directory)) }
    }

    /// AlgorithmIdentifier and signature.
    pub(crate) fn sign(&self, message: impl Fn(&[u8]) -> Vec<u8>, how: How) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let algorithm = self.algorithm(how);
        let message = message(&algorithm);
        let random = SystemRandom::new();
        let signature = match (&*self.private, how) {
            (Private::Ecdsa(pair, _), _) => pair.sign(&random, &message).unwrap().as_ref().to_vec(),
            (Private::Ed25519(pair), _) => pair.sign(&message).as_ref().to_vec(),
            (Private::Rsa(pair), how) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = match how {
                    How::Pss => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                pair.sign(padding, &random, &message, &mut signature).unwrap();
                signature
            }
            (Private::Openssl(file, directory), How::Openssl(weak)) => {
                let input = directory.path().join("message");
                std::fs::write(&input, &message).unwrap();
                run(Command::new("openssl").args(["dgst", weak.digest, "-sign"]).arg(file).arg(input))
            }
            (Private::Openssl(..), _) => panic!("say how to sign with a key of OpenSSL"),
        };
        (algorithm, message, signature)
    }

    fn algorithm(&self, how: How) -> Vec<u8> {
        match (&*self.private, how) {
            (Private::Ecdsa(_, signature), _) => seq(&[oid(signature)]),
            (Private::Ed25519(_), _) => seq(&[oid("1.3.101.112")]),
            (Private::Rsa(_), How::Pss) => {
                let sha256 = || seq(&[oid("2.16.840.1.101.3.4.2.1"), null()]);
                let mgf = seq(&[oid("1.2.840.113549.1.1.8"), sha256()]);
                let parameters = [tlv(0xa0, &sha256()), tlv(0xa1, &mgf), tlv(0xa2, &tlv(crate::asn1::INTEGER, &[32]))];
                seq(&[oid("1.2.840.113549.1.1.10"), seq(&parameters)])
            }
            (Private::Rsa(_), _) => seq(&[oid("1.2.840.113549.1.1.11"), null()]),
            (Private::Openssl(..), How::Openssl(weak)) if weak.algorithm.starts_with("1.2.840.113549") => {
                seq(&[oid(weak.algorithm), null()])
            }
            (Private::Openssl(..), How::Openssl(weak)) => seq(&[oid(weak.algorithm)]),
            (Private::Openssl(..), _) => panic!("say how to sign with a key of OpenSSL"),
        }
    }
}

/// How an issuer signs.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// With what fits its key.
    Usual,
    Pss,
    Openssl(Weak),
}

pub(crate) fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("this test needs the openssl command");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

//! What others make of the same chain.

use std::{process::Command, time::Duration};

use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::row::Made;

/// None if it accepts the chain, else what it says.
pub(crate) fn webpki(made: &Made) -> Option<String> {
    let ders = |list: &[Vec<u8>]| list.iter().cloned().map(CertificateDer::from).collect::<Vec<_>>();
    let (anchors, chain) = (ders(&made.anchors), ders(&made.chain));
    let time = UnixTime::since_unix_epoch(Duration::from_secs(made.now.try_into().unwrap()));
    let judge = || {
        let anchors = anchors.iter().map(anchor_from_trusted_cert).collect::<Result<Vec<_>, _>>()?;
        let usage = KeyUsage::client_auth();
        EndEntityCert::try_from(&chain[0])?
            .verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &chain[1..], time, usage, None, None)
            .map(drop)
    };
    judge().err().map(|error: webpki::Error| format!("{error:?}"))
}

/// The strictest of OpenSSL: its RFC 5280 checks, and the key sizes of its level 2 (112 bits).
pub(crate) fn openssl(made: &Made) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, ders: &[Vec<u8>]| {
        let file = directory.path().join(name);
        std::fs::write(&file, ders.iter().map(|der| pem(der)).collect::<String>()).unwrap();
        file
    };
    let mut command = Command::new("openssl");
    command.args(["verify", "-x509_strict", "-auth_level", "2", "-purpose", "sslclient", "-partial_chain"]);
    command.args(["-no-CApath", "-no-CAstore", "-attime", &made.now.to_string()]);
    command.arg("-CAfile").arg(write("anchors.pem", &made.anchors));
    if made.chain.len() > 1 {
        command.arg("-untrusted").arg(write("untrusted.pem", &made.chain[1..]));
    }
    let output =
        command.arg(write("leaf.pem", &made.chain[..1])).output().expect("this test needs the openssl command");
    (!output.status.success()).then(|| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        said.lines().filter(|line| !line.contains("routines")).collect::<Vec<_>>().join("; ")
    })
}

fn pem(der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in der.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap();
            text.push(if at <= group.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    let lines: String = text.as_bytes().chunks(64).map(|line| format!("{}\n", str::from_utf8(line).unwrap())).collect();
    format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
}

//! The certificates of a run: those that are given, and those that must not count.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use countersign_probe::{Certificates, Credentials};
use rcgen::{CertificateParams, DnType, KeyPair};
use x509_cert::Certificate;

use super::{ProbeArgs, read, unusable};
use crate::{
    pki::{Authority, ClientRequest, Deviations, Usage},
    report::Report,
};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) struct Given;

impl Given {
    pub(super) fn read(args: &ProbeArgs) -> Result<Certificates, Report> {
        let (Some(cert), Some(key)) = (&args.cert, &args.key) else {
            return Err(Report::usage("give a client certificate that the site trusts: --cert FILE --key FILE"));
        };
        let own = load(cert, key)?;
        let pair = |cert: &Option<PathBuf>, key: &Option<PathBuf>| match (cert, key) {
            (Some(cert), Some(key)) => load(cert, key).map(Some),
            _ => Ok(None),
        };
        let issuing = match (&args.issuing_ca_cert, &args.issuing_ca_key) {
            (Some(cert), Some(key)) => {
                let pem = |file: &Path| Ok::<_, Report>(String::from_utf8_lossy(&read(file)?).into_owned());
                Some(Authority::from_pem(&pem(cert)?, &pem(key)?).map_err(|error| unusable(cert, &error))?)
            }
            _ => None,
        };
        let name = own_name(cert)?;
        let now = SystemTime::now();
        let made = |deviations: Deviations| {
            issuing.as_ref().map(|authority| issue(authority, &name, now, &deviations)).transpose()
        };
        // Named as the CA that issued the given certificate, with a key of its own.
        let issuer =
            issuing.as_ref().map_or_else(|| issuer_name(cert), |authority| Ok(authority.facts().subject.clone()))?;
        let issuer = issuer.split(',').find_map(|part| part.strip_prefix("CN=")).unwrap_or("CA").to_owned();
        let impostor = Authority::create(&issuer, 2, now)
            .map_err(Report::usage)
            .and_then(|authority| issue(&authority, &name, now, &Deviations::default()));
        Ok(Certificates {
            second: pair(&args.second_cert, &args.second_key)?,
            revoked: pair(&args.revoked_cert, &args.revoked_key)?,
            self_signed: Some(self_signed(&name)?),
            impostor: impostor.ok(),
            expired: made(Deviations {
                not_before: Some(now - 3 * DAY),
                not_after: Some(now - DAY),
                ..Deviations::default()
            })?,
            not_yet_valid: made(Deviations {
                not_before: Some(now + DAY),
                not_after: Some(now + 2 * DAY),
                ..Deviations::default()
            })?,
            wrong_usage: made(Deviations { usages: Some(vec![Usage::ServerAuth]), ..Deviations::default() })?,
            own,
        })
    }
}

fn load(cert: &Path, key: &Path) -> Result<Credentials, Report> {
    let files = (cert.display().to_string(), key.display().to_string());
    let name = own_name(cert).ok();
    Credentials::from_pem(&read(cert)?, &read(key)?, Some(files), name).map_err(|error| {
        Report::usage(format!("{:?} with {:?}: {error}", cert.display().to_string(), key.display().to_string()))
    })
}

fn issue(authority: &Authority, name: &str, now: SystemTime, deviations: &Deviations) -> Result<Credentials, Report> {
    let failed =
        |error: &dyn std::fmt::Display| Report::usage(format!("a certificate for the run cannot be made: {error}"));
    let request = ClientRequest { name: name.into(), days: 1, ..ClientRequest::default() };
    let issued = authority.issue_client_with(&request, now, deviations).map_err(|error| failed(&error))?;
    Credentials::from_pem(issued.chain_pem().as_bytes(), issued.key_pem.as_bytes(), None, Some(name.into()))
        .map_err(|error| failed(&error))
}

fn self_signed(name: &str) -> Result<Credentials, Report> {
    let failed =
        |error: &dyn std::fmt::Display| Report::usage(format!("a certificate for the run cannot be made: {error}"));
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().map_err(|error| failed(&error))?;
    let certificate = params.self_signed(&key).map_err(|error| failed(&error))?;
    Credentials::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes(), None, Some(name.into()))
        .map_err(|error| failed(&error))
}

/// The common name of the subject.
fn own_name(file: &Path) -> Result<String, Report> {
    let subject = parsed(file)?.tbs_certificate().subject().to_string();
    Ok(subject.split(',').find_map(|part| part.strip_prefix("CN=")).unwrap_or(&subject).to_owned())
}

fn issuer_name(file: &Path) -> Result<String, Report> {
    Ok(parsed(file)?.tbs_certificate().issuer().to_string())
}

fn parsed(file: &Path) -> Result<Certificate, Report> {
    let chain = Certificate::load_pem_chain(&read(file)?).map_err(|error| unusable(file, &error))?;
    let leaf = chain.into_iter().next();
    leaf.ok_or_else(|| Report::usage(format!("{:?}: no PEM certificate in it", file.display().to_string())))
}

//! `countersign ca revoke` and `countersign ca crl`: what a CA takes back, and the list that says so.
//!
//! A certificate that is named by its file must be of this CA, by signature and not by name: to
//! revoke a serial of another CA would shut out somebody else here and nobody there. Nothing is
//! taken back twice, and a CA does not revoke itself: nobody would believe the list.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Args;
use countersign_gateway::Crl;
use der::{Decode, Encode};
use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams};
use rustls::crypto::aws_lc_rs;
use serde::Serialize;
use x509_cert::Certificate;

use super::{
    Authority, Deviations, Facts, PkiError, RequestError, facts, next,
    report::{FileRole, ReportedFile, Step},
    request,
    revocations::{self, Revocation, Revocations, Why},
    store::{self, io_error},
    validity::{Validity, rfc3339},
};

/// In the CA's directory.
const FILE: &str = "crl.pem";

/// `countersign ca revoke`
#[derive(Clone, Debug, Args)]
#[group(id = "which", required = true, args = ["certificate", "serial"])]
pub struct RevokeArgs {
    /// The certificate; of a chain, the first
    #[arg(value_name = "CERT.pem")]
    pub certificate: Option<PathBuf>,
    /// Its serial number in hexadecimal, if the certificate itself is lost
    #[arg(long, value_name = "HEX", conflicts_with = "certificate")]
    pub serial: Option<String>,
    /// Why
    #[arg(long, value_enum, default_value_t)]
    pub reason: Why,
    /// Where, and for how long
    #[command(flatten)]
    pub list: CrlArgs,
}

/// `countersign ca crl`
#[derive(Clone, Debug, Args)]
pub struct CrlArgs {
    /// Directory of the authority
    #[arg(long, value_name = "DIR", default_value = "ca")]
    pub dir: PathBuf,
    /// Days until the next list is due
    #[arg(long, default_value_t = 7)]
    pub days: u32,
}

/// A CRL that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CrlReport {
    /// `crl`
    made: &'static str,
    /// The files that belong to it.
    pub files: Vec<ReportedFile>,
    /// The CA, as RFC 4514 writes it.
    pub issuer: String,
    /// cRLNumber.
    pub number: u64,
    /// From when on it counts.
    #[serde(serialize_with = "facts::time")]
    pub this_update: SystemTime,
    /// When the next one is due.
    #[serde(serialize_with = "facts::time")]
    pub next_update: SystemTime,
    /// How many certificates are on it.
    pub entries: usize,
    /// The one that was to be revoked.
    pub revoked: Option<Revocation>,
    /// It was on the list before, and stays there as it was.
    pub already: bool,
    /// What one does with it, in order.
    pub next: Vec<Step>,
}

pub(super) fn revoke(args: RevokeArgs, now: SystemTime) -> Result<CrlReport, PkiError> {
    let RevokeArgs { certificate, serial, reason, list } = args;
    check(list.days)?;
    let authority = Authority::load(&list.dir)?;
    let (serial, subject) = match (certificate, serial) {
        (Some(file), _) => of_file(&authority, &file)?,
        (None, serial) => (by_hand(&serial.unwrap_or_default())?, "(serial number only)".into()),
    };
    if serial == authority.facts().serial && authority.certificate().is_root {
        return Err(PkiError::RevokesItself(authority.facts().subject.clone()));
    }
    let mut revocations = Revocations::open(&list.dir)?;
    let (entry, already) = match revocations.get(&serial) {
        Some(entry) => (entry.clone(), true),
        None => {
            let entry = Revocation { serial, at: now, reason, subject };
            revocations.list.push(entry.clone());
            (entry, false)
        }
    };
    let report = publish(&authority, revocations, &list, now)?;
    Ok(CrlReport { revoked: Some(entry), already, ..report })
}

pub(super) fn renew(args: &CrlArgs, now: SystemTime) -> Result<CrlReport, PkiError> {
    check(args.days)?;
    let authority = Authority::load(&args.dir)?;
    publish(&authority, Revocations::open(&args.dir)?, args, now)
}

fn check(days: u32) -> Result<(), PkiError> {
    let problems = request::days(days);
    if problems.is_empty() { Ok(()) } else { Err(PkiError::Request(problems)) }
}

/// Writes what is revoked, then the CRL of it.
fn publish(
    authority: &Authority,
    mut revocations: Revocations,
    args: &CrlArgs,
    now: SystemTime,
) -> Result<CrlReport, PkiError> {
    let facts = authority.facts();
    if now > facts.not_after {
        return Err(PkiError::AuthorityExpired { subject: facts.subject.clone(), since: facts.not_after() });
    }
    // Backdated as certificates are: a gateway whose clock is behind takes it at once.
    let validity = Validity::new(args.days, now, None, &Deviations::default())?;
    let this_update = SystemTime::from(validity.not_before).max(facts.not_before);
    revocations.number += 1;
    let number = revocations.number;
    let revoked = |entry: &Revocation| RevokedCertParams {
        serial_number: revocations::hex(&entry.serial).unwrap_or_default().into(),
        revocation_time: entry.at.into(),
        reason_code: entry.reason.code(),
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: this_update.into(),
        next_update: validity.not_after,
        crl_number: number.into(),
        issuing_distribution_point: None,
        revoked_certs: revocations.list.iter().map(revoked).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let pem = authority.sign_crl(&params)?;
    let list = revocations.save()?.to_owned();
    let path = args.dir.join(FILE);
    store::replace(&path, pem.as_bytes(), 0o644)?;
    let file = |role, path| ReportedFile { role, path };
    Ok(CrlReport {
        made: "crl",
        next: next::after_crl(&args.dir, &path, &rfc3339(validity.not_after.into())),
        files: vec![file(FileRole::Crl, path), file(FileRole::Revocations, list)],
        issuer: facts.subject.clone(),
        number,
        this_update,
        next_update: validity.not_after.into(),
        entries: revocations.list.len(),
        revoked: None,
        already: false,
    })
}

/// Serial and subject of a certificate of this CA.
fn of_file(authority: &Authority, file: &Path) -> Result<(String, String), PkiError> {
    let other = |expected: String| PkiError::Revoke { file: file.to_owned(), expected };
    let pem = fs::read(file).map_err(io_error("read", file))?;
    let chain = Certificate::load_pem_chain(&pem).map_err(|error| other(format!("expected PEM, {error}")))?;
    let cert = chain.first().ok_or_else(|| other("expected a certificate in it".into()))?;
    if !issued(authority, cert)? {
        let issuer = cert.tbs_certificate().issuer();
        return Err(other(format!(
            "expected one that \"{}\" signed, its issuer is \"{issuer}\"",
            authority.facts().subject
        )));
    }
    let facts = Facts::read(cert, Vec::new())?;
    Ok((facts.serial, facts.subject))
}

/// Whether this CA's key signed it.
fn issued(authority: &Authority, cert: &Certificate) -> Result<bool, der::Error> {
    let ca = Certificate::from_der(&authority.certificate().der)?;
    let spki = ca.tbs_certificate().subject_public_key_info();
    let contents = |der: Vec<u8>| der::asn1::AnyRef::from_der(&der).map(|any| any.value().to_vec());
    let (signature, key) = (contents(cert.signature_algorithm().to_der()?)?, contents(spki.algorithm.to_der()?)?);
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
    let fits = algorithms
        .iter()
        .filter(|known| known.signature_alg_id().as_ref() == signature && known.public_key_alg_id().as_ref() == key);
    let tbs = cert.tbs_certificate().to_der()?;
    let holds = |known: &&dyn rustls::pki_types::SignatureVerificationAlgorithm| {
        known.verify_signature(spki.subject_public_key.raw_bytes(), &tbs, cert.signature().raw_bytes()).is_ok()
    };
    let named = cert.tbs_certificate().issuer() == ca.tbs_certificate().subject();
    Ok(named && fits.copied().any(|known| holds(&known)))
}

/// As the log, OpenSSL or a person writes it.
fn by_hand(serial: &str) -> Result<String, PkiError> {
    let digits: String = serial.trim().chars().filter(|c| *c != ':').collect();
    let digits = digits.strip_prefix("0x").unwrap_or(&digits);
    let bytes = revocations::hex(digits);
    let bytes = bytes.ok_or_else(|| PkiError::Request(vec![RequestError::Serial(serial.to_owned())]))?;
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len() - 1);
    Ok(facts::upper_hex(bytes.get(start..).unwrap_or_default()))
}

impl fmt::Display for CrlReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Revocation { serial, at, reason, subject }) = &self.revoked {
            let word = if self.already { "was revoked already" } else { "revoked" };
            writeln!(f, "{word}\n  {:<12} {serial}\n  {:<12} {subject}", "serial", "subject")?;
            writeln!(f, "  {:<12} {}\n  {:<12} {reason}\n", "at", rfc3339(*at), "reason")?;
        }
        writeln!(f, "made CRL {}", self.number)?;
        for ReportedFile { role, path } in &self.files {
            writeln!(f, "  {:<12} {}", role.name(), path.display())?;
        }
        writeln!(f, "  {:<12} {}", "issuer", self.issuer)?;
        writeln!(f, "  {:<12} {} to {}", "valid", rfc3339(self.this_update), rfc3339(self.next_update))?;
        writeln!(f, "  {:<12} {}", "revoked", self.entries)?;
        for Step { purpose, how } in &self.next {
            writeln!(f, "\n{purpose}:")?;
            how.lines().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        Ok(())
    }
}

impl Authority {
    /// PEM. Read back as the gateway will read it: a CRL that names the CA in another encoding, or
    /// that cannot be read, would leave everybody out.
    fn sign_crl(&self, params: &CertificateRevocationListParams) -> Result<String, PkiError> {
        let crl = params.signed_by(self.issuer()).map_err(|error| match error {
            rcgen::Error::IssuerNotCrlSigner => self.unfit("a certificate that may sign CRLs (key usage)"),
            error => error.into(),
        })?;
        let own = Certificate::from_der(&self.certificate().der)?.tbs_certificate().subject().to_der()?;
        match Crl::read(crl.der()) {
            Ok(read) if read.issuer_name() == own => Ok(crl.pem()?),
            _ => Err(self.unfit("a subject with each attribute once and none combined")),
        }
    }
}

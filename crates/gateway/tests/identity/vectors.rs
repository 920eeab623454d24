//! The golden vectors. `UPDATE=1` writes what the formats say; whether it is true is checked either
//! way, by reading it back.

use std::{collections::BTreeMap, fmt::Write, fs, path::PathBuf};

use countersign_core::{Refusal, UnixTime};
use countersign_gateway::{
    FORMATS, IDENTITY_HEADERS_BUDGET, IdentityFormat, Trust, VerifiedChain, identity_headers, judge,
};
use rustls::pki_types::CertificateDer;
use serde::Deserialize;

use crate::{readers, told::Told};

/// 2026-11-01T00:00:00Z, as in `testdata/csrf`.
const NOW: UnixTime = UnixTime(1_793_491_200);
const MARKER: &str = "# ---- expected, written by UPDATE=1\n";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    #[serde(rename = "note")]
    _note: String,
    refused: Option<String>,
    subject: Vec<Vec<(String, String)>>,
    hexadecimal: bool,
    dns: Vec<String>,
    email: Vec<String>,
    uri: Vec<String>,
    ip: Vec<String>,
    trusted: String,
    chain: String,
    #[serde(default)]
    pub(crate) expect: BTreeMap<String, BTreeMap<String, String>>,
}

impl Vector {
    pub(crate) fn load(name: &str) -> Self {
        let text = fs::read_to_string(directory().join(format!("{name}.toml"))).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        readers::pem(&self.chain).into_iter().map(CertificateDer::from).collect()
    }

    fn judged(&self) -> Result<VerifiedChain, Refusal> {
        let trusted: Vec<_> = readers::pem(&self.trusted).into_iter().map(CertificateDer::from).collect();
        judge(&self.chain(), &Trust::new("staff", &trusted, 6, NOW).unwrap(), NOW)
    }

    fn told(&self) -> Told {
        let mut ders = self.chain().into_iter().map(|der| der.to_vec());
        let rdn = |rdn: &Vec<(String, String)>| rdn.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
        Told {
            leaf: ders.next().unwrap(),
            cas: ders.collect(),
            subject: (!self.hexadecimal).then(|| self.subject.iter().map(rdn).collect()),
            dns: self.dns.clone(),
            email: self.email.clone(),
            uri: self.uri.clone(),
            ip: self.ip.clone(),
        }
    }
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/identity")
}

fn all() -> Vec<(String, Vector)> {
    let paths = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    let names = paths.filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let mut names: Vec<_> = names.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert!(names.len() > 15, "{names:?}");
    names.into_iter().map(|name| (name.clone(), Vector::load(&name))).collect()
}

/// What each format says, with the names as documentation writes them.
fn said(chain: Option<&VerifiedChain>) -> Result<BTreeMap<String, BTreeMap<String, String>>, Refusal> {
    let mut said = BTreeMap::new();
    for format in FORMATS {
        let stamped = identity_headers(&[*format], chain)?;
        let written = |name: &str| format.headers().iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).unwrap().0;
        let values = stamped
            .iter()
            .map(|(name, value)| (written(name.as_str()).to_owned(), value.to_str().unwrap().to_owned()))
            .collect();
        said.insert(format.code().to_owned(), values);
    }
    Ok(said)
}

#[test]
fn every_vector_is_told_as_expected() {
    for (name, vector) in all() {
        let outcome = vector.judged().and_then(|chain| said(Some(&chain)).map(|said| (said, chain)));
        match (outcome, &vector.refused) {
            (Err(refusal), Some(reason)) => {
                assert_eq!(refusal.reason().code(), reason, "{name}");
                assert!(vector.expect.is_empty(), "{name}: nobody is told of who is refused");
                let told = refusal.to_string();
                assert!(told.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{name}: {told:?}");
            }
            (Err(refusal), None) => panic!("{name}: {refusal}"),
            (Ok(_), Some(reason)) => panic!("{name}: not refused, expected {reason}"),
            (Ok((said, chain)), None) => {
                vector.told().check(&chain);
                if std::env::var_os("UPDATE").is_some() {
                    update(&name, &said);
                } else {
                    assert_eq!(said, vector.expect, "{name}: UPDATE=1 rewrites it");
                }
            }
        }
    }
}

fn update(name: &str, said: &BTreeMap<String, BTreeMap<String, String>>) {
    let path = directory().join(format!("{name}.toml"));
    let text = fs::read_to_string(&path).unwrap();
    let (made, _) = text.split_once(MARKER).unwrap();
    let mut out = format!("{made}{MARKER}");
    for (format, headers) in said {
        writeln!(out, "[expect.{format}]").unwrap();
        for (header, value) in headers {
            writeln!(out, "{header} = {}", toml::Value::from(value.as_str())).unwrap();
        }
    }
    fs::write(path, out).unwrap();
}

#[test]
fn every_header_of_every_format_has_a_vector() {
    let vectors = all();
    for format in FORMATS {
        for (header, _) in format.headers() {
            let told = |(_, vector): &(String, Vector)| vector.expect.get(format.code())?.get(*header).map(drop);
            assert!(vectors.iter().any(|vector| told(vector).is_some()), "{header}");
        }
    }
}

#[test]
fn an_anonymous_client_is_none() {
    for (format, headers) in said(None).unwrap() {
        let expected: &[_] = if format == "nginx" { &[("X-SSL-Client-Verify", "NONE")] } else { &[] };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, expected, "{format}");
    }
}

#[test]
fn no_format_is_larger_than_its_budget() {
    let chain = Vector::load("long").judged().unwrap();
    for format in FORMATS {
        for (name, value) in identity_headers(&[*format], Some(&chain)).unwrap() {
            assert!(name.as_str().len() + value.len() <= countersign_gateway::IDENTITY_HEADER_BUDGET, "{name}");
        }
    }
    // The leaf of this vector fits, its six CAs do not.
    let told = said(Some(&chain)).unwrap();
    assert_eq!(told["rfc9440"].keys().collect::<Vec<_>>(), ["Client-Cert"]);
}

#[test]
fn all_formats_together_have_a_budget() {
    let size = |formats: &[IdentityFormat], chain: &VerifiedChain| -> Result<usize, Refusal> {
        let stamped = identity_headers(formats, Some(chain))?;
        Ok(stamped.iter().map(|(name, value)| name.as_str().len() + value.len()).sum())
    };
    let chain = Vector::load("chain").judged().unwrap();
    let alone: usize = FORMATS.iter().map(|format| size(&[*format], &chain).unwrap()).sum();
    assert_eq!(size(FORMATS, &chain).unwrap(), alone, "an ordinary chain fits all formats at once");
    let long = Vector::load("long").judged().unwrap();
    let refusal = size(FORMATS, &long).unwrap_err();
    assert_eq!(refusal.reason().code(), "client-cert-too-large");
    assert!(refusal.to_string().contains("CN=alice,O=Example: the identity headers would have"), "{refusal}");
    let two: Vec<_> = FORMATS.iter().filter(|format| ["nginx", "traefik"].contains(&format.code())).copied().collect();
    assert!(size(&two, &long).unwrap() <= IDENTITY_HEADERS_BUDGET);
}

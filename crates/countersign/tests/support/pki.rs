//! Certificates, good and bad, made in memory once per run.

use std::{
    process::Command,
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use countersign::pki::{Authority, ClientRequest, Deviations, Issued, ServerRequest, Usage};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

const DAY: Duration = Duration::from_secs(86_400);

/// The certificate authorities of a run and the server's certificate.
pub(crate) struct Pki {
    server_ca: Authority,
    pub(crate) server: Issued,
    /// Vouches for the clients of most sites.
    pub(crate) staff: Authority,
    /// Vouches for those of another site.
    pub(crate) partners: Authority,
}

static PKI: LazyLock<Pki> = LazyLock::new(|| {
    let now = SystemTime::now();
    let server_ca = Authority::create("Test Server CA", 30, now).unwrap();
    let names = ["app.example.com", "other.example.com", "*.wild.example.com", "localhost", "127.0.0.1", "::1"];
    let server = server_ca.issue_server(&ServerRequest { names: names.map(Into::into).into(), days: 10 }, now).unwrap();
    let staff = root("Staff CA");
    Pki { server_ca, server, staff, partners: root("Partners CA") }
});

/// That of this run.
pub(crate) fn pki() -> &'static Pki {
    &PKI
}

/// A root with room for CAs below it, older than any test certificate.
fn root(name: &str) -> Authority {
    let now = SystemTime::now();
    let deviations = Deviations {
        path_len: Some(5),
        not_before: Some(now - 30 * DAY),
        not_after: Some(now + 30 * DAY),
        ..Deviations::default()
    };
    Authority::create_with(name, 30, now, &deviations).unwrap()
}

/// What a client shows, and the key that proves it.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Clone for Credentials {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl From<Issued> for Credentials {
    fn from(issued: Issued) -> Self {
        Self {
            chain: issued.chain_der().into_iter().map(Into::into).collect(),
            key: PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap(),
        }
    }
}

impl Pki {
    /// What clients trust.
    pub(crate) fn server_root(&self) -> CertificateDer<'static> {
        self.server_ca.certificate().der.clone().into()
    }

    /// The same, as a file has it.
    pub(crate) fn server_root_pem(&self) -> &str {
        &self.server_ca.certificate().pem
    }
}

/// The server's certificate, renewed with a new key.
pub(crate) fn another_server() -> Issued {
    let names = ["app.example.com", "127.0.0.1", "::1"];
    let request = ServerRequest { names: names.map(Into::into).into(), days: 10 };
    pki().server_ca.issue_server(&request, SystemTime::now()).unwrap()
}

/// The certificate of a CA that takes the place of another, PEM.
pub(crate) fn another_authority() -> String {
    root("Staff CA of another year").certificate().pem.clone()
}

/// SHA-256 of the leaf, in hexadecimal.
pub(crate) fn fingerprint(who: &Credentials) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(&who.chain[0]).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn alice() -> Credentials {
    named("alice")
}

pub(crate) fn bob() -> Credentials {
    named("bob")
}

/// A good certificate of the staff CA: `CN=name,O=Example`.
pub(crate) fn named(name: &str) -> Credentials {
    staff(name, &Deviations::default())
}

/// As [`named`], but as a file has it.
pub(crate) fn named_pem(name: &str) -> Issued {
    issue(&pki().staff, name, &Deviations::default())
}

pub(crate) fn expired() -> Credentials {
    let now = SystemTime::now();
    staff("alice", &Deviations { not_before: Some(now - 3 * DAY), not_after: Some(now - DAY), ..Deviations::default() })
}

pub(crate) fn not_yet_valid() -> Credentials {
    let now = SystemTime::now();
    staff("alice", &Deviations { not_before: Some(now + DAY), not_after: Some(now + 2 * DAY), ..Deviations::default() })
}

/// Ends after so long.
pub(crate) fn ends_in(life: Duration) -> Credentials {
    staff("alice", &Deviations { not_after: Some(SystemTime::now() + life), ..Deviations::default() })
}

/// A server's certificate, of the right CA.
pub(crate) fn wrong_usage() -> Credentials {
    staff("alice", &Deviations { usages: Some(vec![Usage::ServerAuth]), ..Deviations::default() })
}

/// Good for anything, which is not the same as good for clients.
pub(crate) fn any_usage() -> Credentials {
    staff("alice", &Deviations { usages: Some(vec![Usage::Any]), ..Deviations::default() })
}

/// The right names, of a CA that calls itself as the right one does.
pub(crate) fn impostor() -> Credentials {
    issue(&root("Staff CA"), "alice", &Deviations::default()).into()
}

/// The right names, of another CA.
pub(crate) fn stranger() -> Credentials {
    issue(&root("Somebody Else CA"), "alice", &Deviations::default()).into()
}

/// Good at the site of the partners.
pub(crate) fn partner() -> Credentials {
    issue(&pki().partners, "alice", &Deviations::default()).into()
}

/// The CA itself, as if it were a client.
pub(crate) fn authority() -> Credentials {
    let staff = &pki().staff;
    Credentials {
        chain: vec![staff.certificate().der.clone().into()],
        key: PrivateKeyDer::from_pem_slice(staff.key_pem().as_bytes()).unwrap(),
    }
}

/// Alice, with so many CAs between her and the root.
pub(crate) fn below(depth: usize) -> Credentials {
    let now = SystemTime::now();
    let mut made: Option<Authority> = None;
    for n in 1..=depth {
        let above = made.as_ref().unwrap_or(&pki().staff);
        let days = 20 - u32::try_from(n).unwrap();
        made = Some(above.issue_intermediate(&format!("Staff CA {n}"), days, now, &Deviations::default()).unwrap());
    }
    issue(made.as_ref().unwrap_or(&pki().staff), "alice", &Deviations::default()).into()
}

/// Alice, below so many CAs of at least so many bytes each.
pub(crate) fn below_large(depth: usize, bytes: usize) -> Credentials {
    let staff = &pki().staff;
    let key = KeyPair::from_pem(&staff.key_pem()).unwrap();
    let mut issuer = Issuer::from_ca_cert_der(&staff.certificate().der.clone().into(), key).unwrap();
    let mut chain = Vec::new();
    for n in 0..depth {
        let mut params = client_params(&format!("Large CA {n}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        // Nobody reads it, and it is not critical.
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 25, 1], vec![5; bytes])];
        let key = KeyPair::generate().unwrap();
        chain.insert(0, params.signed_by(&key, &issuer).unwrap().der().clone());
        issuer = Issuer::new(params, key);
    }
    let key = KeyPair::generate().unwrap();
    chain.insert(0, client_params("alice").signed_by(&key, &issuer).unwrap().der().clone());
    Credentials { chain, key: PrivateKeyDer::try_from(key.serialize_der()).unwrap() }
}

/// Valid for a day before and after now.
fn client_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let now = SystemTime::now();
    (params.not_before, params.not_after) = ((now - DAY).into(), (now + DAY).into());
    params
}

/// Alice, with a URI of so many bytes.
pub(crate) fn large(uri: usize) -> Credentials {
    let (rest, start) = (uri - "spiffe://example.com/".len(), "spiffe://example.com/");
    hostile("alice", Some(&format!("{start}{}", "a".repeat(rest))))
}

/// Alice, of a CA below the staff CA, and that CA. Each call makes another of the same name.
pub(crate) fn below_one() -> (Credentials, Authority) {
    let now = SystemTime::now();
    let ca = pki().staff.issue_intermediate("Staff CA 1", 19, now, &Deviations::default()).unwrap();
    (issue(&ca, "alice", &Deviations::default()).into(), ca)
}

/// Alice, below a CA whose RSA key has 1024 bits. Our own tools make no such key; `openssl` does.
pub(crate) fn below_weak() -> Credentials {
    let dir = tempfile::tempdir().unwrap();
    let staff = &pki().staff;
    let files = [
        ("root.pem", staff.certificate().pem.clone()),
        ("root.key", staff.key_pem()),
        ("ca.ext", "basicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign\n".into()),
        ("leaf.ext", "keyUsage = critical, digitalSignature\nextendedKeyUsage = clientAuth\n".into()),
    ];
    for (name, content) in files {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    let openssl = |line: &str| {
        let output = Command::new("openssl").args(line.split(' ')).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    openssl("req -new -newkey rsa:1024 -nodes -keyout ca.key -subj /CN=Weak -out ca.csr");
    openssl(
        "x509 -req -in ca.csr -CA root.pem -CAkey root.key -days 5 -sha256 -extfile ca.ext -set_serial 7 -out ca.pem",
    );
    openssl(
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout alice.key -subj /CN=alice -out alice.csr",
    );
    openssl(
        "x509 -req -in alice.csr -CA ca.pem -CAkey ca.key -days 5 -sha256 -extfile leaf.ext -set_serial 8 -out alice.pem",
    );
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    let one = |name: &str| CertificateDer::from_pem_slice(&read(name)).unwrap();
    Credentials {
        chain: vec![one("alice.pem"), one("ca.pem")],
        key: PrivateKeyDer::from_pem_slice(&read("alice.key")).unwrap(),
    }
}

/// Of the staff CA, with a subject and a URI that no careful CA would write.
pub(crate) fn hostile(common_name: &str, uri: Option<&str>) -> Credentials {
    let staff = &pki().staff;
    let ca_key = KeyPair::from_pem(&staff.key_pem()).unwrap();
    let issuer = Issuer::from_ca_cert_der(&staff.certificate().der.clone().into(), ca_key).unwrap();
    let mut params = client_params(common_name);
    params.subject_alt_names = uri.map(|uri| SanType::URI(uri.try_into().unwrap())).into_iter().collect();
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    Credentials { chain: vec![certificate.der().clone()], key: PrivateKeyDer::try_from(key.serialize_der()).unwrap() }
}

/// Of a CA below the staff CA that may name only people `@example.com` of the organisation `Example`:
/// `CN=alice,O=Example` with this address.
pub(crate) fn constrained(email: &str) -> Credentials {
    let staff = &pki().staff;
    let now = SystemTime::now();
    let params = |common_name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        params.distinguished_name.push(DnType::CommonName, common_name);
        (params.not_before, params.not_after) = ((now - DAY).into(), (now + DAY).into());
        params
    };
    let mut organization = rcgen::DistinguishedName::new();
    organization.push(DnType::OrganizationName, "EXAMPLE");
    let mut unit = params("Unit CA");
    unit.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    unit.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    unit.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::Rfc822Name("example.com".into()),
            GeneralSubtree::DirectoryName(organization),
        ],
        excluded_subtrees: Vec::new(),
    });
    let staff_key = KeyPair::from_pem(&staff.key_pem()).unwrap();
    let issuer = Issuer::from_ca_cert_der(&staff.certificate().der.clone().into(), staff_key).unwrap();
    let unit_key = KeyPair::generate().unwrap();
    let unit_der = unit.signed_by(&unit_key, &issuer).unwrap().der().clone();
    let mut alice = params("alice");
    alice.subject_alt_names = vec![SanType::Rfc822Name(email.try_into().unwrap())];
    alice.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    alice.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let leaf = alice.signed_by(&key, &Issuer::new(unit, unit_key)).unwrap();
    Credentials {
        chain: vec![leaf.der().clone(), unit_der],
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    }
}

fn staff(name: &str, deviations: &Deviations) -> Credentials {
    issue(&pki().staff, name, deviations).into()
}

fn issue(ca: &Authority, name: &str, deviations: &Deviations) -> Issued {
    let request = ClientRequest {
        name: name.into(),
        organization: Some("Example".into()),
        emails: vec![format!("{name}@example.com")],
        days: 10,
        ..ClientRequest::default()
    };
    ca.issue_client_with(&request, SystemTime::now(), deviations).unwrap()
}

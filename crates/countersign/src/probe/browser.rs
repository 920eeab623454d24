//! What a browser is given: the certificate as it imports it, and whom it may believe to be the site.

use countersign_probe::{BrowserSetup, Product};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use super::{BrowserName, ProbeArgs, read, unusable};
use crate::{pki::pkcs12_of, report::Report};

pub(super) fn setup(args: &ProbeArgs) -> Result<Option<BrowserSetup>, Report> {
    let (Some(name), Some(cert), Some(key)) = (args.browser, &args.cert, &args.key) else { return Ok(None) };
    let chain: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(&read(cert)?)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(cert, &error))?;
    let pem = read(key)?;
    let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(key, &error))? else {
        return Err(Report::usage(format!(
            "{:?}: a browser takes a PKCS#8 key; make one with: openssl pkcs8 -topk8 -nocrypt",
            key.display().to_string()
        )));
    };
    // For a file that is gone before the browser starts.
    let password: String = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
    let chain: Vec<&[u8]> = chain.iter().map(|certificate| certificate.as_ref()).collect();
    let p12 = pkcs12_of(&chain, der.secret_pkcs8_der(), "countersign probe", &password).map_err(Report::usage)?;
    let server_ca = args.cacert.as_deref().map(read).transpose()?;
    Ok(Some(BrowserSetup {
        product: match name {
            BrowserName::Chromium => Product::Chromium,
            BrowserName::Firefox => Product::Firefox,
        },
        p12,
        password,
        server_ca: server_ca.map(|pem| String::from_utf8_lossy(&pem).into_owned()),
        insecure: args.insecure,
    }))
}

//! PKCS#12: a private key and its certificates in the one file that browsers import.
//!
//! Encrypted with PBES2 (PBKDF2 with HMAC-SHA-256, AES-256-CBC) under an HMAC-SHA-256 MAC: what
//! OpenSSL 3, NSS (Firefox, Chromium) and current Windows, macOS and Java read. The older RC2 and
//! triple DES forms would open in programs that are past their support, and are not offered.
//!
//! The file holds the key, its certificate and every CA above. Importing it makes no program trust
//! that CA for servers.

use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain, error::Error};

use sha2::{Digest, Sha256};

use super::{Issued, Password, PkiError};

/// For the password, and for the MAC. A random password would need none; a supplied one does.
const ITERATIONS: u32 = 100_000;

impl Issued {
    /// This certificate, its key and the CAs above as PKCS#12, shown to people as `friendly_name`.
    pub fn pkcs12(&self, friendly_name: &str, password: &Password) -> Result<Vec<u8>, PkiError> {
        let authorities = self.authorities.iter().map(|ca| ca.der.as_slice());
        let chain: Vec<&[u8]> = std::iter::once(self.cert_der.as_slice()).chain(authorities).collect();
        pkcs12_of(&chain, &self.key_der, friendly_name, password.reveal())
    }
}

/// A leaf with the CAs above it, DER, and its PKCS#8 key, of whomever they are.
pub fn pkcs12_of(chain: &[&[u8]], key: &[u8], friendly_name: &str, password: &str) -> Result<Vec<u8>, PkiError> {
    keystore(chain, key, friendly_name)
        .and_then(|store| store.writer(password).encryption_iterations(ITERATIONS).mac_iterations(ITERATIONS).write())
        .map_err(|error| PkiError::Pkcs12(error.to_string()))
}

fn keystore(chain: &[&[u8]], key: &[u8], friendly_name: &str) -> Result<KeyStore, Error> {
    let certificates = chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>()?;
    let id = Sha256::digest(chain.first().copied().unwrap_or_default()).to_vec();
    let chain = PrivateKeyChain::new(id, PrivateKey::from_der(key)?, certificates);
    let mut store = KeyStore::new();
    store.add_entry(&bmp(friendly_name), KeyStoreEntry::PrivateKeyChain(chain));
    Ok(store)
}

/// Friendly names are BMPStrings: 16 bits for each character.
fn bmp(text: &str) -> String {
    text.chars().map(|c| if u32::from(c) > 0xFFFF { '_' } else { c }).collect()
}

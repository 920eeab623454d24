//! CRLs that were read before: a reload does not read again what did not change.
//!
//! Keyed by the SHA-256 of the file. Holds nothing alive: a CRL goes when the last [`Revocation`]
//! that has it goes.
//!
//! [`Revocation`]: super::Revocation

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use sha2::{Digest, Sha256};

use super::Crl;

/// The CRLs of files, by content.
#[derive(Debug, Default)]
pub struct CrlCache(Mutex<HashMap<[u8; 32], Vec<Weak<Crl>>>>);

impl CrlCache {
    /// The CRLs of a file with this content; `read` reads it if none are known.
    ///
    /// # Errors
    /// That of `read`; nothing is remembered then.
    pub fn get<E>(&self, file: &[u8], read: impl FnOnce() -> Result<Vec<Arc<Crl>>, E>) -> Result<Vec<Arc<Crl>>, E> {
        let key = Sha256::digest(file).into();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).map(|crls| {
            // All of them, or none.
            crls.iter().map(Weak::upgrade).collect::<Option<Vec<_>>>()
        });
        if let Some(Some(crls)) = known {
            return Ok(crls);
        }
        let crls = read()?;
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|_, crls| crls.iter().all(|crl| crl.strong_count() > 0));
        cache.insert(key, crls.iter().map(Arc::downgrade).collect());
        Ok(crls)
    }
}

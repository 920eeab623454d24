//! `api-keys.json`: what there is to know of each key but the key.
//!
//! Refused as a whole: an entry that is malformed, two with one id, and members that this version does
//! not know, since one of them could limit a key. A file that is not there holds no keys; an empty one is
//! half written. Changes are made under the name `FILE.new`, which one process at a time can hold, so that
//! of two changes at once none is lost.

use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use countersign_core::{AllowRule, ApiKey, ApiKeyId, ApiKeyRule, ApiKeys, KeyBinding, UnixTime};
use serde::{Deserialize, Serialize};

use crate::key::{
    KeyFileError,
    file::{NewFile, behind_links},
};

/// What a scope list and a name may take, so that a key fits into a header of the app.
pub(super) const MOST_SCOPES: usize = 16;
pub(super) const MOST_SCOPE_BYTES: usize = 200;
pub(super) const LONGEST_NAME: usize = 40;

/// The keys of a configuration with their place.
#[derive(Clone, Debug)]
pub struct ApiKeyFile {
    /// Where they are, or will be.
    pub path: PathBuf,
    pub(super) entries: Vec<Entry>,
}

/// Why a file of keys is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyFileError {
    /// No JSON, or not of this form.
    #[error("{0}")]
    Form(String),
    /// An entry that says what cannot be.
    #[error("key {id:?}: {why}")]
    Entry {
        /// As the file has it.
        id: String,
        /// What is wrong.
        why: &'static str,
    },
}

/// One key. Times are seconds since 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    /// Of the whole key, in hexadecimal.
    pub(super) sha256: String,
    pub(super) created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revoked: Option<i64>,
    /// First hosts of the sites that it is for; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sites: Vec<String>,
    /// SHA-256 of the one certificate that it counts with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<String>,
    /// Types of names, and patterns, of the one identity that it counts with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) identity: Option<BTreeMap<String, String>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    keys: Vec<Entry>,
}

impl ApiKeyFile {
    /// Where the keys are unless the configuration names a file.
    #[must_use]
    pub fn made(state: &Path) -> PathBuf {
        state.join("api-keys.json")
    }

    /// A file that is not there yet.
    #[must_use]
    pub fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), entries: Vec::new() }
    }

    /// What a file holds.
    ///
    /// # Errors
    /// [`ApiKeyFileError`]
    pub fn read(path: &Path, bytes: &[u8]) -> Result<Self, ApiKeyFileError> {
        let form: Form = serde_json::from_slice(bytes).map_err(|error| ApiKeyFileError::Form(error.to_string()))?;
        let mut ids = HashSet::new();
        for entry in &form.keys {
            let key = entry.key().map_err(|why| ApiKeyFileError::Entry { id: entry.id.clone(), why })?;
            if !ids.insert(key.id) {
                return Err(ApiKeyFileError::Entry { id: entry.id.clone(), why: "it is there twice" });
            }
        }
        Ok(Self { path: path.to_owned(), entries: form.keys })
    }

    /// The keys that count at the site with this first host, or have counted.
    #[must_use]
    pub fn of_site(&self, site: &str) -> ApiKeys {
        let own = self.entries.iter().filter(|entry| entry.sites.is_empty() || entry.sites.iter().any(|s| s == site));
        // Each was read when the file was.
        own.filter_map(|entry| entry.key().ok()).collect()
    }

    /// Changes what the file holds now.
    pub(super) fn change<T, E: From<KeyFileError> + From<ApiKeyFileError>>(
        path: &Path,
        change: impl FnOnce(&mut Vec<Entry>) -> Result<T, E>,
    ) -> Result<(T, Self), E> {
        let error = |source| E::from(KeyFileError::Write { path: path.to_owned(), source });
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(error)?;
        }
        let path = behind_links(path);
        let mut new = NewFile::reserve(&path, 0o600)?;
        let mut file = match fs::read(&path) {
            Ok(bytes) => Self::read(&path, &bytes)?,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Self::empty(&path),
            Err(source) => return Err(error(source)),
        };
        let done = change(&mut file.entries)?;
        let form = Form { keys: file.entries };
        let text = serde_json::to_string_pretty(&form).map_err(|why| ApiKeyFileError::Form(why.to_string()))?;
        new.fill(&path, &(text + "\n"))?;
        new.take_place_of(&path)?;
        Ok((done, Self { path, entries: form.keys }))
    }
}

impl Entry {
    /// As the decision has it.
    pub(super) fn key(&self) -> Result<ApiKey, &'static str> {
        let id: ApiKeyId = self.id.parse().map_err(|()| "an id is 8 letters and digits")?;
        if self.name.is_empty() || self.name.len() > LONGEST_NAME || self.name.chars().any(char::is_control) {
            return Err("a name has 1 to 40 bytes and no control characters");
        }
        let bytes: usize = self.scopes.iter().map(String::len).sum();
        if self.scopes.is_empty() || self.scopes.len() > MOST_SCOPES || bytes > MOST_SCOPE_BYTES {
            return Err("a key has 1 to 16 scopes, of 200 bytes together");
        }
        if !self.scopes.iter().all(|scope| ApiKeyRule::is_scope(scope)) {
            return Err("a scope is 1 to 64 letters, digits and .:_/-");
        }
        let bound = match (&self.certificate, &self.identity) {
            (None, None) => None,
            (Some(sha256), None) => Some(KeyBinding::Certificate(digest(sha256)?)),
            (None, Some(names)) => Some(KeyBinding::Identity(identity(names)?)),
            (Some(_), Some(_)) => return Err("it is bound to a certificate or to an identity, not to both"),
        };
        Ok(ApiKey {
            id,
            name: self.name.as_str().into(),
            hash: digest(&self.sha256)?,
            scopes: self.scopes.iter().map(|scope| scope.as_str().into()).collect(),
            expires: self.expires.map(UnixTime),
            revoked: self.revoked.is_some(),
            bound,
        })
    }

    /// For people and programs.
    pub(super) fn state(&self, now: UnixTime) -> &'static str {
        match (self.revoked, self.expires) {
            (Some(_), _) => "revoked",
            (None, Some(end)) if now.0 >= end => "expired",
            _ => "active",
        }
    }
}

/// A table without a name would admit nobody, and is a mistake.
pub(super) fn identity(names: &BTreeMap<String, String>) -> Result<AllowRule, &'static str> {
    if names.is_empty() {
        return Err("an identity has one name at least");
    }
    names.iter().try_fold(AllowRule::default(), |rule, (name_type, pattern)| {
        rule.and(name_type, pattern).map_err(|_| {
            "an identity has names of type subject, issuer, dns, email, uri, ip or upn, and patterns with one * at most"
        })
    })
}

fn digest(hex: &str) -> Result<[u8; 32], &'static str> {
    const FORM: &str = "SHA-256 is 64 lower-case hexadecimal digits";
    let digits: &[u8; 64] = hex.as_bytes().try_into().map_err(|_| FORM)?;
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(FORM),
    };
    let mut bytes = [0; 32];
    let (pairs, _) = digits.as_chunks::<2>();
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        r#"{"keys":[{"id":"58xp5d9x","name":"nightly","scopes":["orders"],"sha256":"HASH","created":1}]}"#;

    fn read(text: &str) -> Result<ApiKeyFile, String> {
        let text = text.replace("HASH", &"a1".repeat(32));
        ApiKeyFile::read(Path::new("k"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        let file = read(GOOD).unwrap();
        let keys = file.of_site("app.example.com");
        let key = keys.get("58xp5d9x".parse().unwrap()).unwrap();
        assert_eq!((key.hash, key.has_scope("orders"), key.has_scope("order")), ([0xa1; 32], true, false));
        let elsewhere = read(&GOOD.replace("\"created\"", "\"sites\":[\"other\"],\"created\"")).unwrap();
        assert_eq!(
            (elsewhere.of_site("app.example.com").iter().count(), elsewhere.of_site("other").iter().count()),
            (0, 1)
        );
        assert_eq!(read("{\"keys\":[]}").unwrap().entries.len(), 0);
    }

    #[test]
    fn what_could_mean_something_else_is_refused() {
        for (from, to, said) in [
            (GOOD, "", "EOF"),
            (GOOD, "[]", "expected"),
            (GOOD, GOOD.split_at(60).0, "EOF"),
            ("\"created\"", "\"limit\":1,\"created\"", "unknown field"),
            ("58xp5d9x", "58xp5d9", "8 letters"),
            ("HASH", "HASHaa", "64 lower-case"),
            ("HASH", "A1", "64 lower-case"),
            ("[\"orders\"]", "[]", "1 to 16 scopes"),
            ("\"orders\"", "\"or ders\"", "a scope is"),
            ("\"nightly\"", "\"\"", "a name has"),
            ("\"nightly\"", "\"a\\nb\"", "a name has"),
            ("\"created\"", "\"identity\":{},\"created\"", "one name at least"),
            ("\"created\"", "\"identity\":{\"cn\":\"x\"},\"created\"", "names of type"),
            ("\"created\"", "\"certificate\":\"HASH\",\"identity\":{\"uri\":\"x\"},\"created\"", "not to both"),
            ("\"created\"", "\"certificate\":null,\"certificate\":\"HASH\",\"created\"", "duplicate field"),
        ] {
            let refused = read(&GOOD.replace(from, to)).map(|_| ()).unwrap_err();
            assert!(refused.contains(said), "{to}: {refused}");
        }
        let twice = GOOD.replace(
            "[{",
            "[{\"id\":\"58xp5d9x\",\"name\":\"a\",\"scopes\":[\"b\"],\"sha256\":\"HASH\",\"created\":2},{",
        );
        assert!(read(&twice).unwrap_err().contains("there twice"));
    }
}

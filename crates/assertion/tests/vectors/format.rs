//! The vector files, as `testdata/assertion/README.md` describes them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use countersign_assertion::{RequestFacts, binding};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) why: String,
    pub(crate) verifier: Told,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    pub(crate) algorithm: Algorithm,
    pub(crate) keys: String,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) session: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    HS256,
    ES256,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) now: i64,
    pub(crate) method: String,
    pub(crate) authority: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) assertions: Vec<String>,
    pub(crate) expect: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) claims: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Binding {
    pub(crate) method: String,
    pub(crate) authority: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) req: String,
    /// The same request as one before it.
    pub(crate) same: bool,
}

pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/assertion")
}

pub(crate) fn write(name: &str, rows: &impl Serialize) {
    fs::write(directory().join(name), serde_json::to_string_pretty(rows).unwrap() + "\n").unwrap();
}

pub(crate) fn read<T: DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_slice(&fs::read(directory().join(name)).unwrap()).unwrap()
}

/// One byte per character.
pub(crate) fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("a header value of bytes")).collect()
}

pub(crate) fn updates() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// Compares with the file; of ES256 tokens all but the signature.
pub(crate) fn assert_same(name: &str, made: &[Vector]) {
    let comparable = |vectors: &[Vector]| {
        let mut vectors = vectors.to_vec();
        for vector in vectors.iter_mut().filter(|vector| vector.verifier.algorithm == Algorithm::ES256) {
            for token in vector.steps.iter_mut().flat_map(|step| &mut step.assertions) {
                token.truncate(token.rfind('.').unwrap_or(token.len()));
            }
        }
        vectors
    };
    let committed: Vec<Vector> = read(name);
    assert_eq!(committed.len(), made.len(), "{name}: UPDATE=1 rewrites it");
    for (committed, made) in comparable(&committed).iter().zip(comparable(made)) {
        assert_eq!(*committed, made, "{name} is not what the generator makes; UPDATE=1 rewrites it");
    }
}

/// `binding.json`
pub(crate) fn bindings() -> Vec<Binding> {
    let row = |method: &str, authority: &str, path: &str, query: &str, same: bool| Binding {
        req: binding(&RequestFacts { method, authority, path, query }),
        method: method.into(),
        authority: authority.into(),
        path: path.into(),
        query: query.into(),
        same,
    };
    vec![
        row("GET", "app.example.com", "/", "", false),
        row("GET", "APP.Example.com", "/", "", true),
        row("GET", "app.example.com:443", "/", "", true),
        row("GET", "app.example.com:8443", "/", "", false),
        row("GET", "app.example.com:80", "/", "", false),
        row("GET", "[::1]", "/", "", false),
        row("GET", "[::1]:443", "/", "", true),
        row("GET", "[2001:DB8::443]", "/", "", false),
        row("HEAD", "app.example.com", "/", "", false),
        row("POST", "app.example.com", "/", "", false),
        row("POST", "app.example.com", "/orders/7", "", false),
        row("POST", "app.example.com", "/orders/7/", "", false),
        row("POST", "app.example.com", "/Orders/7", "", false),
        row("POST", "app.example.com", "/orders/7", "a=1&b=2", false),
        row("POST", "app.example.com", "/orders/7", "b=2&a=1", false),
        row("POST", "app.example.com", "/orders/7", "a=%20&b=%C3%A9", false),
        row("POST", "app.example.com", "/orders/7", "?", false),
        row("GET", "app.example.com", "/café/\u{1f511}", "", false),
        row("GET", "app.example.com", "/cafe\u{301}/\u{1f511}", "", false),
        row("GET", "app.example.com", "/a b", "", false),
        row("GET", "app.example.com", "/a+b", "", false),
        row("GET", "app.example.com", "/a%b", "", false),
        row("GET", "app.example.com", "/a;v=1/b?c", "", false),
        row("GET", "app.example.com", "/a#b", "", false),
    ]
}

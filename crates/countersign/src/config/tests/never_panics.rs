//! No text makes the reader panic, nor what is said about it.

use std::{collections::BTreeMap, path::Path};

use proptest::{collection::vec, prelude::*, sample::select};

use super::{super::parse, NOW, material};

/// Pieces that reach deep into the reader.
static PIECES: &[&str] = &[
    "[listen]\n",
    "https = ",
    "workers = ",
    "[limits]\n",
    "max_headers = ",
    "idle_timeout = ",
    "[trust.staff]\n",
    "[trust]\n",
    "ca = ",
    "max_depth = ",
    "[[site]]\n",
    "[site]\n",
    "hosts = ",
    "certificate = ",
    "key = ",
    "upstream = ",
    "client = ",
    "trusted_origins = ",
    "identity_headers = ",
    "[[site.route]]\n",
    "path = ",
    "methods = ",
    "audience = ",
    "allow = ",
    "token = ",
    "bind_cookies = ",
    "report_only = ",
    "cors = ",
    "\n",
    ", ",
    "[",
    "]",
    "{ ",
    " }",
    "\"",
    "'",
    "\"\"",
    "[\"a\"]",
    "\"app.pem\"",
    "\"app.key\"",
    "[\"ca.pem\"]",
    "[\"*.example.com\"]",
    "{ trust = \"staff\" }",
    "{ mode = \"off\" }",
    "\"http://a\"",
    "\"machine\"",
    "\"/a/\"",
    "\"9999999999999999999999s\"",
    "0xffffffffffffffffffff",
    "-1",
    "1e999",
    "1979-05-27",
    "true",
    "é",
    "\u{202e}",
    "\0",
    "\"\\u0000\"",
    "#",
    "=",
    ".",
    "\r\n",
    "\t",
];

fn never_panics(text: &str) {
    for files in [material::files(), &BTreeMap::new()] {
        match parse(text, Path::new("x.toml"), NOW, files) {
            Ok(config) => assert!(!config.warnings.refuse()),
            Err(problems) => {
                assert!(problems.refuse());
                assert!(!problems.render().is_empty());
                assert_eq!(problems.records().len(), problems.iter().count());
            }
        }
    }
}

proptest! {
    #[test]
    fn on_any_text(text in vec(any::<char>(), 0..200)) {
        never_panics(&text.into_iter().collect::<String>());
    }

    #[test]
    fn on_what_looks_like_a_configuration(pieces in vec(select(PIECES), 0..40)) {
        never_panics(&pieces.concat());
    }

    #[test]
    fn on_a_configuration_with_one_cut(at in 0_usize..2_000, to in 0_usize..2_000) {
        let whole: Vec<char> = include_str!("../../../testdata/config/everything.toml").chars().collect();
        let text: String = whole.iter().take(at).chain(whole.iter().skip(to)).collect();
        never_panics(&text);
    }
}

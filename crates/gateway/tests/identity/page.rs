//! `docs/identity-headers.md`, written from the registry and a vector.

use std::{fmt::Write, fs, path::Path};

use countersign_core::ProtectedNames;
use countersign_gateway::{FORMATS, IDENTITY_HEADER_BUDGET, IDENTITY_HEADERS_BUDGET};

use crate::vectors::Vector;

/// Longer values are cut in the page.
const SHOWN: usize = 100;

fn page() -> String {
    let example = Vector::load("plain");
    let mut page = format!(
        "# Identity headers

<!-- Written from crates/gateway/src/formats; `UPDATE=1 cargo test -p countersign-gateway --test identity page` rewrites it. -->

`identity_headers` of a site says how the app is told of the client's certificate: one or several of

{}

None is on by default. A header alone proves nothing to an app that others can reach: `docs/assertion.md`.

For every format holds:

- **Only the gateway says it.** These names never pass from a client, in no spelling (`X_Ssl.Client-Verify`), neither as
  header nor as trailer, whether the format is on or off, with a certificate or without. `Connection` cannot remove the
  gateway's own.
- **Everything or nothing.** A request has the identity of a chain that holds now, or none of these headers (`nginx`:
  `X-SSL-Client-Verify: NONE`).
- **No field can be forged.** Values are printable ASCII. Distinguished names are RFC 4514, the most specific part first;
  bytes beyond ASCII are written `\\C3\\A9`. What separates fields is quoted or escaped. Certificates whose names hold
  control characters or direction marks are refused before.
- **Size.** A header, name and value, has at most {IDENTITY_HEADER_BUDGET} bytes: gunicorn takes 8190 unless told otherwise, nginx and Tomcat 8 KiB.
  All of them together have at most {IDENTITY_HEADERS_BUDGET}: daphne and Node take 16 KiB of headers altogether. CAs that do not fit are left out. A certificate that does not fit itself is refused, `client-cert-too-large`: without its
  header the app would take a known client for an anonymous one.
- **`Vary`.** An answer whose `Vary` names one of these headers, or `Countersign-Assertion`, goes to the browser with
  `Vary: *` (RFC 9440 section 2.4): the browser never sends them, so that to it the answer would fit any certificate.

The examples are those of `testdata/identity/plain.toml`.
",
        FORMATS.iter().map(|format| format!("`\"{0}\"`", format.code())).collect::<Vec<_>>().join(", ")
    );
    for format in FORMATS {
        write!(page, "\n## `{}`\n{}\n\n| header | holds | example |\n|---|---|---|\n", format.code(), format.about())
            .unwrap();
        for (header, text) in format.headers() {
            // `plain` has no CA; `chain` has two.
            let example = example.expect[format.code()].get(*header).cloned();
            let value = example.unwrap_or_else(|| Vector::load("chain").expect[format.code()][*header].clone());
            let shown = match value.get(..SHOWN) {
                Some(start) if value.len() > SHOWN => format!("`{start}`…"),
                _ => format!("`{value}`"),
            };
            writeln!(page, "| `{header}` | {text} | {} |", shown.replace('|', "\\|")).unwrap();
        }
    }
    page.push_str(
        "\n## Names that no client may set
Dropped in any spelling, because an app, or a program in front of it, could take them for the gateway's word or for
another proxy's. `protected_headers` of a site adds to them. Beside these, a name that holds anything but letters, digits
and hyphens is never passed on.\n\n",
    );
    let name = |entry: &str| match entry.strip_suffix('-') {
        Some(stem) => format!("`{stem}` and `{entry}…`"),
        None => format!("`{entry}`"),
    };
    page.push_str(&ProtectedNames::always().map(name).collect::<Vec<_>>().join(", "));
    page.push_str(".\n");
    page
}

#[test]
fn the_page_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/identity-headers.md");
    if std::env::var_os("UPDATE").is_some() {
        return fs::write(path, page()).unwrap();
    }
    let (found, expected) = (fs::read_to_string(path).unwrap_or_default(), page());
    let differs = found.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(found == expected, "{differs:#?}; UPDATE=1 rewrites docs/identity-headers.md");
}

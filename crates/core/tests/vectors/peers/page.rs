//! `docs/peers.md`, written from the run.

use std::{fmt::Write, path::Path};

use super::{
    Answer, Compared,
    arguments::{self, Argument, PERMITTED, REFUSED},
};

const HEAD: &str = "# Beside Go and tower-http

<!-- Written by a run of both; `UPDATE=1 cargo test -p countersign-core --test vectors peers` rewrites it, after ./test has brought Go. -->

Go's `net/http.CrossOriginProtection` and the `CsrfLayer` of tower-http, which follows it, judge where a request
comes from by `Sec-Fetch-Site` and `Origin`. Every vector of [`testdata/csrf`](../testdata/csrf/README.md) is
put to both, as they are, and to countersign. Whatever one of them permits and countersign refuses, or the
other way round, is on this page, below the reason why; a difference without a reason fails the tests. The
vectors that are refused for what has nothing to do with the other two (certificates, routes, keys) are
among them: none of it is protected by what guards against forgery alone.

";

pub(super) fn of(all: &[Compared]) -> String {
    let mut page = HEAD.to_owned();
    let alike = all.iter().filter(|c| c.differs().is_none()).count();
    let differ = all.len() - alike;
    writeln!(page, "Of {} vectors, {alike} get the same answer from all three or are not taken by the others' servers; {differ} differ.\n", all.len()).unwrap();
    for (heading, arguments, permitted) in [
        ("countersign refuses, another one permits", REFUSED, false),
        ("countersign permits, another one refuses", PERMITTED, true),
    ] {
        writeln!(page, "## {heading}\n").unwrap();
        for argument in arguments {
            section(&mut page, argument, arguments, permitted, all);
        }
    }
    page += "## Where Go and tower-http differ\n\n| vector | Go | tower-http | countersign |\n|---|---|---|---|\n";
    for c in all {
        let Some(go) = &c.go else { continue };
        if go.word() != c.tower.word() {
            writeln!(page, "| `{}` | {} | {} | {} |", c.name, go.word(), c.tower.word(), c.ours()).unwrap();
        }
    }
    page += "\n*Not taken*: the server, or the types of its HTTP library, refuse the head before it is judged.\n";
    page
}

fn section(
    page: &mut String,
    argument: &Argument,
    all_arguments: &'static [Argument],
    permitted: bool,
    all: &[Compared],
) {
    let those: Vec<&Compared> = all
        .iter()
        .filter(|c| c.permitted == permitted && c.differs().is_some())
        .filter(|c| arguments::of(all_arguments, &c.code).is_some_and(|a| a.title == argument.title))
        .collect();
    if those.is_empty() {
        return;
    }
    writeln!(
        page,
        "### {}\n\n{}\n\n| vector | countersign | Go | tower-http |\n|---|---|---|---|",
        argument.title, argument.why
    )
    .unwrap();
    for c in those {
        let go = c.go.as_ref().map_or("", Answer::word);
        writeln!(page, "| `{}` | {} | {go} | {} |", c.name, c.ours(), c.tower.word()).unwrap();
    }
    page.push('\n');
}

/// Compares the page with the run, or writes it.
pub(super) fn check(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/peers.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == page, "docs/peers.md is not what came of this run: UPDATE=1 rewrites it");
}

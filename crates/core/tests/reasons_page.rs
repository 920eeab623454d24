//! `docs/reasons.md`, written from the registry: a section for each reason that a refusal can give.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::{fmt::Write, path::Path};

use countersign_core::{REASONS, Stage};

const HEAD: &str = "# Why requests are refused

<!-- Written from crates/core/src/reason.rs; `UPDATE=1 cargo test -p countersign-core --test reasons_page` rewrites it. -->

Every refusal bears one of these codes: in the header `Countersign-Reason`, in the log, in the metrics, and in its body,
which links to a page about it. The gateway serves these pages itself, to everybody, at
`/.well-known/countersign/reasons/CODE` of every site.
";

fn heading(stage: Stage) -> &'static str {
    match stage {
        Stage::Wire => "What came over the wire",
        Stage::Head => "A head that can be read in two ways",
        Stage::Route => "Hosts, routes and methods",
        Stage::Identity => "Who sent it",
        Stage::ApiKey => "API keys",
        Stage::Intent => "Whether it was meant",
        Stage::Upstream => "The app",
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    first + chars.as_str() + "."
}

#[test]
fn the_page_is_what_the_registry_says() {
    let mut page = HEAD.to_owned();
    let mut stage = None;
    for reason in REASONS {
        let info = reason.info();
        if stage != Some(heading(info.stage)) {
            stage = Some(heading(info.stage));
            write!(page, "\n## {}\n", heading(info.stage)).unwrap();
        }
        write!(
            page,
            "\n### `{}`\n\n{} · {} {}\n\n**What to do:** {} *({})*\n",
            info.code,
            info.status,
            sentence(info.text),
            sentence(info.why),
            sentence(info.fix),
            info.spec
        )
        .unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reasons.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == page,
        "docs/reasons.md is not the registry's: UPDATE=1 rewrites it"
    );
}

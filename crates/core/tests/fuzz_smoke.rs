//! The fuzz targets of this crate, on a stable compiler; `fuzz/stable` says how.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]
#![allow(unreachable_pub, missing_docs, reason = "the targets are public in their own crate")]

#[path = "../../../fuzz/targets/django.rs"]
mod django;
#[path = "../../../fuzz/targets/form.rs"]
mod form;
#[path = "../../../fuzz/targets/head.rs"]
mod head;
#[path = "../../../fuzz/targets/origin.rs"]
mod origin;
#[path = "../../../fuzz/targets/path.rs"]
mod path;
#[path = "../../../fuzz/stable/mod.rs"]
mod stable;

#[test]
fn django_keeps_its_invariants() {
    stable::run("django", django::django, 20_000);
}

#[test]
fn form_keeps_its_invariants() {
    stable::run("form", form::form, 20_000);
}

#[test]
fn head_keeps_its_invariants() {
    stable::run("head", head::head, 10_000);
}

#[test]
fn origin_keeps_its_invariants() {
    stable::run("origin", origin::origin, 20_000);
}

#[test]
fn path_keeps_its_invariants() {
    stable::run("path", path::path, 20_000);
}

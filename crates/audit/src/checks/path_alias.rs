//! A rule by path that another spelling passes.
//!
//! What is demanded depends on the path, and the path is compared as the client spells it: HAProxy rules by `path` and
//! `ssl_c_*` without `normalize-uri`, Envoy routes with filters of their own without `normalize_path`, `merge_slashes` and
//! `path_with_escaped_slashes_action`, nginx `merge_slashes off`, Envoy Gateway `disableMergeSlashes` and `KeepUnchanged`.

use crate::{
    Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::Topic,
};

pub(super) const CHECK: Check = Check {
    id: "path-alias",
    side: Side::Proxy,
    title: "A rule by path that another spelling passes",
    severity: Severity::High,
    references: &["CWE-41", "Envoy: path normalization"],
    why: "`//admin`, `/%61dmin` and `/x/../admin` are other paths to the proxy and the same one to the app. The rule is then for whoever spells the path as it does.",
    fix: "Normalize paths before they are compared, or demand the same everywhere.",
    source: include_str!("path_alias.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    found.faults(project, Topic::PathAlias);
}

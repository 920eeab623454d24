//! A location that loses inherited headers.
//!
//! A location with `proxy_set_header` of its own inherits none of those above it. Told where a level above sets an identity
//! or forwarding header that the location then does not set: the client's own copy reaches the app there.

use std::collections::HashSet;

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    directive::Directive,
    nginx::{may_set_headers, trusted},
    project::Project,
    proxy::fold,
};

pub(super) const CHECK: Check = Check {
    id: "nginx-header-inheritance",
    side: Side::Proxy,
    title: "A location that loses inherited headers",
    severity: Severity::High,
    references: &["nginx: proxy_set_header", "CWE-290"],
    why: "In this location the header is not set by nginx, so what the client sent passes through. It is the usual way in which a trusted header becomes a client's.",
    fix: "Repeat every proxy_set_header in the location, or include one file with all of them in each.",
    source: include_str!("nginx_header_inheritance.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for tree in &project.nginx {
        look(tree, &[], found);
    }
}

fn look(level: &[Directive], above: &[&Directive], found: &mut Found<'_>) {
    let own: Vec<&Directive> = level.iter().filter(|directive| directive.name() == "proxy_set_header").collect();
    let passes = level.iter().find(|directive| directive.name() == "proxy_pass");
    // A file that is not here may set the rest, and no client reaches what is internal.
    let unread = level
        .iter()
        .any(|one| one.name() == "internal" || one.name() == "include" && may_set_headers(one.argument(1), "location"));
    if let (Some(pass), false, false) = (passes, own.is_empty(), unread) {
        let names: HashSet<String> = own.iter().map(|set| fold(set.argument(1))).collect();
        // A location that loses more is none that people write.
        for lost in above.iter().take(100) {
            let name = lost.argument(1);
            if trusted(name) && !names.contains(&fold(name)) {
                let message = format!("{name} is set above and not here: the client's own passes");
                found.add(
                    Confidence::High,
                    message,
                    (&pass.span, "passed on without it"),
                    &[(&lost.span, "not inherited")],
                );
            }
        }
    }
    let next: &[&Directive] = if own.is_empty() { above } else { &own };
    for directive in level.iter().filter(|one| !matches!(one.name(), "stream" | "mail")) {
        look(directive.children(), next, found);
    }
}

//! REST framework believes a header and skips CSRF.
//!
//! `RemoteUserAuthentication`, or an authentication class of the project that reads a request header and neither enforces
//! CSRF nor is a token's. Every `APIView` is exempt from Django's check; only SessionAuthentication brings it back.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "drf-header-authentication",
    side: Side::Django,
    title: "REST framework believes a header and skips CSRF",
    severity: Severity::High,
    references: &["CWE-352", "CWE-290", "encode/django-rest-framework#5306"],
    why: "The API authenticates by something that the browser or the proxy attaches by itself, and no CSRF check is left. A form on any page calls it in its visitor's name.",
    fix: "Derive the class from SessionAuthentication and call enforce_csrf, use django_countersign.rest_framework, or demand a token that a page does not have.",
    source: include_str!("drf_header_authentication.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (name, span) in &project.facts.rest_authentication {
        if name == "RemoteUserAuthentication" {
            found.add(
                Confidence::High,
                "RemoteUserAuthentication never checks CSRF",
                (span, "believes REMOTE_USER"),
                &[],
            );
        }
    }
    for class in &project.facts.classes {
        let base =
            class.bases.iter().any(|base| matches!(base.as_str(), "BaseAuthentication" | "RemoteUserAuthentication"));
        let authenticates = class.methods.iter().any(|method| method == "authenticate")
            || class.bases.iter().any(|base| base == "RemoteUserAuthentication");
        if !(base && authenticates) {
            continue;
        }
        let text = class.text.to_ascii_lowercase();
        let checks = text.contains("enforce_csrf") || text.contains("csrfcheck");
        let ambient = [
            "x_ssl",
            "x-ssl",
            "client_cert",
            "client-cert",
            "remote_user",
            "remote-user",
            "client_verify",
            "client-verify",
            "client_s_dn",
            "x_forwarded_user",
            "x-forwarded-user",
        ];
        let header = class.attributes.iter().any(|(name, ..)| name == "header");
        if !checks && (header || ambient.iter().any(|word| text.contains(word))) {
            let message =
                format!("`{}` authenticates by a header that a proxy attaches, and never checks CSRF", class.name);
            found.add(Confidence::High, message, (&class.span, "no enforce_csrf in it"), &[]);
        }
    }
}

//! All checks: a file each, and this list.
//!
//! A check is added by its file, its line here, and two fixtures in `testdata/audit`: one on which it fires,
//! with what it then prints, and one on which it is quiet.

mod allowed_hosts_wildcard;
mod api_key_from_environment;
mod client_certificate_not_verified;
mod client_certificate_optional;
mod cookie_for_the_domain;
mod cookie_insecure;
mod cookie_prefix_broken;
mod cookie_same_site_none;
mod cors_any_origin_with_credentials;
mod csrf_check_switched_off;
mod csrf_decided_by_header;
mod csrf_exempt;
mod csrf_filter_weak;
mod csrf_middleware_missing;
mod csrf_middleware_order;
mod drf_csrf_not_enforced;
mod drf_header_authentication;
mod forwarded_host_trusted;
mod get_changes_state;
mod header_aliases;
mod host_not_passed;
mod hsts_off;
mod identity_from_header;
mod identity_header_from_client;
mod key_compared_plainly;
mod key_in_code;
mod known_vulnerable_version;
mod nginx_header_inheritance;
mod ninja_without_csrf;
mod old_tls;
mod path_alias;
mod remote_user_header;
mod revocation_not_checked;
mod scheme_from_client;
mod seam_exempt_reachable;
mod seam_header_not_cleared;
mod seam_optional_certificate;
mod seam_origin_differs;
mod seam_scheme_not_set;
mod secret_key_in_settings;
mod server_header_aliases;
mod server_trusts_any_proxy;
mod sessions_shared_by_sites;
mod ssl_redirect_off;
mod trusted_origin_insecure;
mod trusted_origin_wildcard;
mod upstream_exposed;

use crate::Check;

/// Every check, in the order in which they run.
pub static CHECKS: &[&Check] = &[
    &csrf_middleware_missing::CHECK,
    &csrf_middleware_order::CHECK,
    &csrf_exempt::CHECK,
    &csrf_check_switched_off::CHECK,
    &csrf_decided_by_header::CHECK,
    &drf_header_authentication::CHECK,
    &drf_csrf_not_enforced::CHECK,
    &ninja_without_csrf::CHECK,
    &remote_user_header::CHECK,
    &server_header_aliases::CHECK,
    &server_trusts_any_proxy::CHECK,
    &identity_from_header::CHECK,
    &trusted_origin_insecure::CHECK,
    &trusted_origin_wildcard::CHECK,
    &cookie_insecure::CHECK,
    &cookie_for_the_domain::CHECK,
    &cookie_same_site_none::CHECK,
    &cookie_prefix_broken::CHECK,
    &ssl_redirect_off::CHECK,
    &hsts_off::CHECK,
    &allowed_hosts_wildcard::CHECK,
    &forwarded_host_trusted::CHECK,
    &cors_any_origin_with_credentials::CHECK,
    &secret_key_in_settings::CHECK,
    &api_key_from_environment::CHECK,
    &key_compared_plainly::CHECK,
    &key_in_code::CHECK,
    &get_changes_state::CHECK,
    &known_vulnerable_version::CHECK,
    &client_certificate_optional::CHECK,
    &client_certificate_not_verified::CHECK,
    &revocation_not_checked::CHECK,
    &identity_header_from_client::CHECK,
    &header_aliases::CHECK,
    &nginx_header_inheritance::CHECK,
    &scheme_from_client::CHECK,
    &host_not_passed::CHECK,
    &path_alias::CHECK,
    &csrf_filter_weak::CHECK,
    &sessions_shared_by_sites::CHECK,
    &upstream_exposed::CHECK,
    &old_tls::CHECK,
    &seam_header_not_cleared::CHECK,
    &seam_scheme_not_set::CHECK,
    &seam_optional_certificate::CHECK,
    &seam_exempt_reachable::CHECK,
    &seam_origin_differs::CHECK,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_says_what_it_must() {
        let mut ids = HashSet::new();
        for check in CHECKS {
            assert!(ids.insert(check.id), "{} twice", check.id);
            assert!(check.describes().starts_with(check.title), "{}: its file begins with its title", check.id);
            assert!(check.why.ends_with('.') && check.fix.ends_with(['.', ';']), "{}: sentences", check.id);
        }
    }
}

//! All cases: a file each, and this list.
//!
//! A case is added by its file, its line here, and its row in the matrix of
//! `crates/countersign/tests/probe`: a site on which it fires. The sound sites hold it to be quiet.

// What several cases share; they take it from here.
use crate::{
    desync,
    entry::{entered, let_in, nobody, plain_http, same_as_holder},
    reading::{cors, elsewhere, flagged, insecure_redirect, moved, steady},
    spelling::{aliases, last_with, random_token, sibling, tossed},
    writing::overridden,
};

mod browser_beacon;
mod browser_fetch;
mod browser_form;
mod browser_image;
mod browser_multipart;
mod browser_sandbox;
mod browser_text_plain;
mod browser_top_level;
mod browser_websocket;
mod cookie_domain;
mod cookie_insecure;
mod cookie_readable;
mod cookie_same_site_none;
mod cors_null_origin;
mod cors_reflection;
mod cross_site_form;
mod cross_site_multipart;
mod cross_site_text_plain;
mod cross_site_untyped;
mod duplicate_cookie;
mod empty_origin;
mod exempt_alias;
mod exempt_path;
mod expired_certificate;
mod fetch_site_contradiction;
mod fetch_site_none;
mod fetch_site_same_site;
mod foreign_host;
mod forwarded_host;
mod forwarded_proto;
mod get_changes_state;
mod host_alias;
mod hsts_missing;
mod http2_other_name;
mod identity_header_alias;
mod identity_header_anonymous;
mod identity_header_certificate;
mod identity_header_connection;
mod identity_header_trailer;
mod identity_header_underscore;
mod login_forgery;
mod malformed_origin;
mod method_case;
mod method_override_header;
mod method_override_query;
mod method_override_safe;
mod no_certificate;
mod no_origin_no_referer;
mod no_sni;
mod not_yet_valid_certificate;
mod null_origin;
mod open_redirect;
mod plain_http;
mod port_confusion;
mod prefix_origin;
mod preflight_permissive;
mod random_token;
mod redirect_insecure;
mod referer_foreign;
mod referer_insecure;
mod referer_path;
mod referer_suffix;
mod referer_userinfo;
mod resumption_other_host;
mod revoked_certificate;
mod scheme_downgrade;
mod self_signed_certificate;
mod session_swap;
mod sibling_origin;
mod smuggling_cl_te;
mod smuggling_te_cl;
mod smuggling_te_obfuscated;
mod sni_other_host;
mod suffix_origin;
mod token_swap;
mod token_without_cookie;
mod tossed_pair;
mod trace;
mod trusted_origin_insecure;
mod two_origins;
mod underscore_metadata;
mod unknown_ca_certificate;
mod unlisted_method;
mod userinfo_origin;
mod websocket_hijack;
mod websocket_hijack_http2;
mod wrong_usage_certificate;

/// Every case, in the order in which they run: what may end a session comes last.
pub static CASES: &[&Case] = &[
    &cross_site_form::CASE,
    &cross_site_multipart::CASE,
    &cross_site_text_plain::CASE,
    &cross_site_untyped::CASE,
    &get_changes_state::CASE,
    &random_token::CASE,
    &token_without_cookie::CASE,
    &tossed_pair::CASE,
    &duplicate_cookie::CASE,
    &null_origin::CASE,
    &empty_origin::CASE,
    &suffix_origin::CASE,
    &prefix_origin::CASE,
    &scheme_downgrade::CASE,
    &trusted_origin_insecure::CASE,
    &port_confusion::CASE,
    &userinfo_origin::CASE,
    &malformed_origin::CASE,
    &two_origins::CASE,
    &no_origin_no_referer::CASE,
    &referer_foreign::CASE,
    &referer_insecure::CASE,
    &referer_path::CASE,
    &referer_suffix::CASE,
    &referer_userinfo::CASE,
    &sibling_origin::CASE,
    &fetch_site_same_site::CASE,
    &fetch_site_none::CASE,
    &fetch_site_contradiction::CASE,
    &method_override_header::CASE,
    &method_override_query::CASE,
    &method_override_safe::CASE,
    &method_case::CASE,
    &underscore_metadata::CASE,
    &unlisted_method::CASE,
    &trace::CASE,
    &exempt_path::CASE,
    &exempt_alias::CASE,
    &websocket_hijack::CASE,
    &websocket_hijack_http2::CASE,
    &preflight_permissive::CASE,
    &cors_reflection::CASE,
    &cors_null_origin::CASE,
    &login_forgery::CASE,
    &open_redirect::CASE,
    &identity_header_certificate::CASE,
    &identity_header_anonymous::CASE,
    &identity_header_underscore::CASE,
    &identity_header_alias::CASE,
    &identity_header_trailer::CASE,
    &identity_header_connection::CASE,
    &forwarded_proto::CASE,
    &forwarded_host::CASE,
    &no_certificate::CASE,
    &self_signed_certificate::CASE,
    &unknown_ca_certificate::CASE,
    &expired_certificate::CASE,
    &not_yet_valid_certificate::CASE,
    &wrong_usage_certificate::CASE,
    &revoked_certificate::CASE,
    &sni_other_host::CASE,
    &http2_other_name::CASE,
    &resumption_other_host::CASE,
    &no_sni::CASE,
    &host_alias::CASE,
    &foreign_host::CASE,
    &plain_http::CASE,
    &smuggling_cl_te::CASE,
    &smuggling_te_cl::CASE,
    &smuggling_te_obfuscated::CASE,
    &cookie_insecure::CASE,
    &cookie_readable::CASE,
    &cookie_same_site_none::CASE,
    &cookie_domain::CASE,
    &hsts_missing::CASE,
    &redirect_insecure::CASE,
    &browser_form::CASE,
    &browser_multipart::CASE,
    &browser_text_plain::CASE,
    &browser_top_level::CASE,
    &browser_fetch::CASE,
    &browser_beacon::CASE,
    &browser_sandbox::CASE,
    &browser_image::CASE,
    &browser_websocket::CASE,
    &session_swap::CASE,
    &token_swap::CASE,
];

use crate::case::Case;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_says_what_it_must() {
        let mut ids = HashSet::new();
        for case in CASES {
            assert!(ids.insert(case.id), "{} twice", case.id);
            assert!(case.describes().starts_with(case.title), "{}: its file begins with its title", case.id);
            assert!(
                case.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{}",
                case.id
            );
            for (what, text) in [("proves", case.proves), ("fix", case.fix)] {
                assert!(text.ends_with('.'), "{}: {what} is a sentence", case.id);
            }
        }
    }

    #[test]
    fn each_file_is_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cases");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let id = name.trim_end_matches(".rs").replace('_', "-");
            assert!(CASES.iter().any(|case| case.id == id), "{name} is not in CASES");
        }
    }
}

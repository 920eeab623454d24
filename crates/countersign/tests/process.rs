//! The gateway as a process, over real sockets, with real certificates. Each file is a behaviour.
//!
//! One program, because linking TLS forty times takes minutes: `cargo test --test process NAME`
//! runs the tests of one file.

// Clippy's exceptions for tests end at functions that are no tests themselves.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unwrap_used
)]

mod support;

mod admin;
mod alpn;
mod ambiguous_paths;
mod api_key_files;
mod api_keys;
mod assertion;
mod assertion_keys;
mod audit_command;
mod bodies;
mod bound_cookies;
mod ca_revoke;
mod certificate_ends_meanwhile;
mod certificate_refusals;
mod client_modes;
mod configuration;
mod cors;
mod decision_log;
mod deny_list;
mod dev_command;
mod django_bound_cookies;
mod django_daphne;
mod django_gunicorn;
mod django_key_rotation;
mod django_runserver;
mod django_settings;
mod django_token;
mod django_uvicorn;
mod every_file_is_run;
mod explain_command;
mod failing_apps;
mod forged_requests;
mod form_tokens;
mod forwarded_headers;
mod fuzz_smoke;
mod guide;
mod hard_mode;
mod header_edges;
mod header_firewall;
mod header_firewall_servers;
mod honest_requests;
mod hop_by_hop;
mod http2_floods;
mod http2_smuggling;
mod identity_formats;
mod machine_routes;
mod method_overrides;
mod metrics;
mod metrics_of_state;
mod outdated_crls;
mod probe_browsers;
mod probe_command;
mod probe_example;
mod probe_matrix;
mod reason_pages;
mod redirect;
mod refusal_answers;
mod refused_bodies;
mod reload;
mod report_only;
mod revoked_certificates;
mod revoked_meanwhile;
mod route_trust;
mod routes_and_methods;
mod server_names;
mod session_resumption;
mod signals;
mod size_limits;
mod smuggling;
mod suggest_command;
mod time_limits;
mod twin_story;
mod upstream_connections;
mod vary_on_identity;
mod websockets;
mod websockets_http2;

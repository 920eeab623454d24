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

mod ambiguous_paths;
mod certificate_ends_meanwhile;
mod certificate_refusals;
mod client_modes;
mod every_file_is_run;
mod forged_requests;
mod hard_mode;
mod header_firewall;
mod honest_requests;
mod machine_routes;
mod routes_and_methods;
mod server_names;
mod session_resumption;
mod smuggling;
mod websockets;

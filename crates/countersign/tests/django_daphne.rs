//! The example bank under daphne (ASGI), behind the gateway and past it.

use crate::support::bank::{Server, attacks::attack_tests, behaviours::bank_tests};

bank_tests!(Server::Daphne; the_certificate_signs_in an_honest_form_pays a_script_pays_with_its_token a_program_pays
    the_hole_behind_the_certificate_is_closed identity_headers_cannot_be_spoofed a_websocket_echoes);
attack_tests!(Server::Daphne);
attack_tests!(Server::Daphne;
    a_captured_assertion_is_refused a_websocket_past_the_gateway_is_refused both_ends_read_a_request_alike);

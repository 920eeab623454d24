//! The example bank under Django's own server for development (WSGI), behind the gateway and past it.

use crate::support::bank::{Server, attacks::attack_tests, behaviours::bank_tests};

bank_tests!(Server::Runserver; the_certificate_signs_in an_honest_form_pays a_script_pays_with_its_token a_program_pays
    the_hole_behind_the_certificate_is_closed identity_headers_cannot_be_spoofed);
attack_tests!(Server::Runserver);
attack_tests!(Server::Runserver; both_ends_read_a_request_alike);

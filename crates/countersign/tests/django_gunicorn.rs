//! The example bank under gunicorn (WSGI), behind the gateway and past it.

use crate::support::bank::{Server, attacks::attack_tests, behaviours::bank_tests};

bank_tests!(Server::Gunicorn);
attack_tests!(Server::Gunicorn);
attack_tests!(Server::Gunicorn; both_ends_read_a_request_alike);

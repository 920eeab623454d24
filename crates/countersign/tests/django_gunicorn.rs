//! The example bank under gunicorn (WSGI), behind the gateway.

use crate::support::bank::{Server, behaviours::bank_tests};

bank_tests!(Server::Gunicorn);

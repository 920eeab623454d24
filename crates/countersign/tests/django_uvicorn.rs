//! The example bank under uvicorn (ASGI), behind the gateway and past it.

use crate::support::bank::{Server, attacks::attack_tests, behaviours::bank_tests};

bank_tests!(Server::Uvicorn);
bank_tests!(Server::Uvicorn; a_chunked_upload_arrives_whole a_websocket_echoes);
attack_tests!(Server::Uvicorn);
attack_tests!(Server::Uvicorn;
    a_captured_assertion_is_refused a_websocket_past_the_gateway_is_refused both_ends_read_a_request_alike);

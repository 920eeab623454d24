//! The example bank under uvicorn (ASGI), behind the gateway.

use crate::support::bank::{Server, behaviours::bank_tests};

bank_tests!(Server::Uvicorn);
bank_tests!(Server::Uvicorn; a_chunked_upload_arrives_whole a_websocket_echoes);

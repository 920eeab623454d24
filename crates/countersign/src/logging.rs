//! The log: one line per event on standard error, as text or JSON.
//!
//! `COUNTERSIGN_LOG` narrows or widens it, with the directives of tracing's EnvFilter; without it
//! everything from INFO up is written.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::LogFormat;

/// Starts logging. A second call does nothing.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("COUNTERSIGN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let text = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // An error means that a subscriber is there already.
    let _ = match format {
        LogFormat::Text => registry.with(text).try_init(),
        LogFormat::Json => {
            registry.with(text.json().flatten_event(true).with_current_span(false).with_span_list(false)).try_init()
        }
    };
}

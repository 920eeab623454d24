//! The gateway's log, read while it runs.

use std::{
    io::{BufRead, BufReader, Read},
    sync::{Arc, Mutex},
};

use serde_json::Value;

use super::patience::until;

/// Lines so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Follows a stream to its end.
    pub(crate) fn follow(stream: impl Read + Send + 'static) -> Self {
        let log = Self::default();
        let lines = Arc::clone(&log.0);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        log
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// The events so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.lines().iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Decisions so far.
    pub(crate) fn decisions(&self) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["target"] == "countersign::decision").collect()
    }

    /// Waits for an event.
    pub(crate) fn event(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until(what, || self.events().into_iter().find(|event| wanted(event)))
    }

    /// Waits for a line with this text.
    pub(crate) fn line(&self, text: &str) -> String {
        until(text, || self.lines().into_iter().find(|line| line.contains(text)))
    }
}

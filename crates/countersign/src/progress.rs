//! A bar on the terminal, and nothing anywhere else.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a command is.
#[derive(Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Shown as the template says: `{bar}`, `{pos}`, `{len}`, `{msg}`.
    pub(crate) fn new(template: &str) -> Self {
        let target =
            if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Goes on being drawn while nothing is reported.
    pub(crate) fn tick(&self) {
        self.0.enable_steady_tick(Duration::from_millis(100));
    }

    pub(crate) fn show(&self, at: usize, all: usize, what: &str) {
        self.0.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        self.0.set_position(u64::try_from(at).unwrap_or(u64::MAX));
        self.0.set_message(what.to_owned());
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

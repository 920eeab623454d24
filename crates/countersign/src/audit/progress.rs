//! A bar on the terminal for large projects, and nothing anywhere else.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Small projects are read before anybody could look at it.
const FEW: usize = 500;

#[derive(Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new() -> Self {
        let target =
            if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} files of Python") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn show(&self, at: usize, all: usize) {
        if all < FEW {
            return;
        }
        if at == 1 {
            self.0.enable_steady_tick(Duration::from_millis(100));
        }
        self.0.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        self.0.set_position(u64::try_from(at).unwrap_or(u64::MAX));
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

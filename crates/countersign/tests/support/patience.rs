//! Deadlines.

use std::time::{Duration, Instant};

/// How long anything may take. Reached only by what hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `look` finds something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

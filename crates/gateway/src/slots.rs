//! How many connections there may be at once, over all workers. The number can change meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for connections.
#[derive(Debug)]
pub(crate) struct Slots {
    free: Arc<Semaphore>,
    /// Places that are taken and are to vanish when they are given back.
    surplus: AtomicUsize,
}

/// One place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Slots {
    pub(crate) fn new(count: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(count)), surplus: AtomicUsize::new(0) }
    }

    /// Waits for a place. None never: the semaphore is not closed.
    pub(crate) async fn take(self: &Arc<Self>) -> Option<Slot> {
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        permit.map(|permit| Slot { slots: Arc::clone(self), permit: Some(permit) })
    }

    /// From now on there are `now` places instead of `before`; those in use end by themselves.
    pub(crate) fn resize(&self, before: usize, now: usize) {
        if now >= before {
            let more = now - before;
            let owed = self.surplus.fetch_update(Ordering::AcqRel, Ordering::Acquire, |s| Some(s.saturating_sub(more)));
            self.free.add_permits(more.saturating_sub(owed.unwrap_or(0)));
        } else {
            let fewer = before - now;
            let gone = self.free.forget_permits(fewer);
            self.surplus.fetch_add(fewer - gone, Ordering::AcqRel);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let owed = self.slots.surplus.fetch_update(Ordering::AcqRel, Ordering::Acquire, |s| s.checked_sub(1));
        if let (Ok(_), Some(permit)) = (owed, self.permit.take()) {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(slots: &Slots) -> usize {
        slots.free.available_permits()
    }

    #[tokio::test]
    async fn the_number_changes_while_places_are_taken() {
        let slots = Arc::new(Slots::new(3));
        let (a, b) = (slots.take().await, slots.take().await);
        slots.resize(3, 1);
        assert_eq!(free(&slots), 0, "one free place went, one taken one is to go");
        drop(a);
        assert_eq!(free(&slots), 0);
        drop(b);
        assert_eq!(free(&slots), 1);
        let c = slots.take().await;
        slots.resize(1, 0);
        slots.resize(0, 2);
        assert_eq!(free(&slots), 1);
        drop(c);
        assert_eq!(free(&slots), 2);
    }
}

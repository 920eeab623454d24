//! The rows, by what they are about.

mod constrained_cas;
mod constraints;
mod encoding;
mod extensions;
mod names;
mod paths;
mod strength;
mod usage;
mod validity;

use crate::{keys::Key, make::Ca, row::Row};

/// What most rows start from.
pub(crate) struct Kit {
    pub(crate) root: Ca,
    pub(crate) sub: Ca,
    pub(crate) rsa: Key,
}

pub(crate) fn all() -> Vec<(&'static str, Vec<Row>)> {
    let root = Ca::root("Root", Key::p256(), |_| {});
    let sub = root.ca("Sub", Key::p256(), |_| {});
    let kit = Kit { root, sub, rsa: Key::rsa() };
    vec![
        ("Paths and signatures", paths::rows(&kit)),
        ("Validity", validity::rows(&kit)),
        ("Usage", usage::rows(&kit)),
        ("Extensions", extensions::rows(&kit)),
        ("Encoding", encoding::rows(&kit)),
        ("Names", names::rows(&kit)),
        ("Strength", strength::rows(&kit)),
        ("Name constraints", constraints::rows(&kit)),
        ("Where constraints bind", constrained_cas::rows(&kit)),
    ]
}

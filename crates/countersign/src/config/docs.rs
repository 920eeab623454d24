//! `docs/configuration.md`, written from the key registry.

/// The page.
#[must_use]
pub fn markdown() -> String {
    String::new()
}

//! A WebSocket.
//!
//! A page of another site opens the WebSocket (see websocket-hijack).

use countersign_audit::{Confidence, Severity};

use crate::{
    browser::{Kind, attack},
    case::{Case, Class, Needs},
};

pub(super) const CASE: Case = Case {
    id: "browser-websocket",
    class: Class::Browser,
    title: "A WebSocket",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "docs/browsers.md"],
    proves: "Any page talks with the socket as the victim: their own browser opened it.",
    cannot: "What another browser does, or this one when it has to ask which certificate to use: it was told to choose.",
    fix: "Check `Origin` in the handshake.",
    needs: Needs::Page,
    source: include_str!("browser_websocket.rs"),
    run: |probe| attack(probe, Kind::WebSocket),
};

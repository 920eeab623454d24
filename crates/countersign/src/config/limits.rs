//! `[limits]`: every limit has a safe default; bounds are in the key registry.

use countersign_gateway::Limits;

use super::section::Section;

pub(super) fn read(root: &Section<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(section) = root.table("limits") else { return limits };
    let l = &mut limits;
    for (name, slot) in [
        ("handshake_timeout", &mut l.handshake_timeout),
        ("header_timeout", &mut l.header_timeout),
        ("idle_timeout", &mut l.idle_timeout),
        ("body_timeout", &mut l.body_timeout),
        ("upstream_timeout", &mut l.upstream_timeout),
        ("connect_timeout", &mut l.connect_timeout),
        ("tunnel_idle_timeout", &mut l.tunnel_idle_timeout),
        ("drain_timeout", &mut l.drain_timeout),
    ] {
        *slot = section.duration(name).unwrap_or(*slot);
    }
    for (name, slot) in [
        ("max_header_bytes", &mut l.max_header_bytes),
        ("max_headers", &mut l.max_headers),
        ("max_form_bytes", &mut l.max_form_bytes),
        ("max_connections", &mut l.max_connections),
    ] {
        *slot = section.number(name).and_then(|n| n.try_into().ok()).unwrap_or(*slot);
    }
    l.max_body_bytes = section.number("max_body_bytes").and_then(|n| n.try_into().ok()).unwrap_or(l.max_body_bytes);
    l.max_streams = section.number("max_streams").and_then(|n| n.try_into().ok()).unwrap_or(l.max_streams);
    limits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{context::Context, keys::KEYS};

    /// The documentation says what holds.
    #[test]
    fn registry_has_the_defaults_of_the_gateway() {
        let mut text = String::from("[limits]\n");
        for key in KEYS.iter().filter(|key| key.table == "limits") {
            text += &format!("{} = {}\n", key.name, key.default);
        }
        let files = std::collections::BTreeMap::new();
        let cx = Context::new(&files, std::path::Path::new(""), countersign_core::UnixTime(0));
        let root = toml::de::DeTable::parse(&text).unwrap();
        assert_eq!(read(&Section::root(&cx, root.get_ref())), Limits::default());
        assert_eq!(cx.take(), []);
    }
}

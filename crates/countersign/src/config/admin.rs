//! `listen.admin`: loopback, or the operator's word that another address is meant.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::section::{Field, Section};

/// The address, if there is one. `https` and `http` are those of the gateway.
pub(super) fn read(section: &Section<'_>, https: &[SocketAddr], http: &[SocketAddr]) -> Option<SocketAddr> {
    let field = section.field("admin").filter(|field| field.text() != "off");
    let insecure = section.field("insecure_admin").filter(|field| field.value.as_bool() == Some(true));
    let Some(field) = field else {
        if let Some(insecure) = insecure.filter(|_| !section.is_bad("admin")) {
            insecure
                .warn("insecure_admin changes nothing without admin", "remove it, or write admin = \"127.0.0.1:9440\"");
        }
        return None;
    };
    let Ok(address) = field.text().parse::<SocketAddr>() else {
        not_an_address(field);
        return None;
    };
    let loopback = address.ip().to_canonical().is_loopback();
    match insecure {
        None if !loopback => {
            let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port());
            field.error(
                format!("{address} is not loopback: the admin address is in clear and has no password, so whoever reaches it may read it"),
                format!("write \"{local}\"; if nobody but your monitoring can reach {address}, add insecure_admin = true"),
            );
            return None;
        }
        Some(insecure) if loopback => {
            insecure.warn(format!("insecure_admin changes nothing: {address} is loopback"), "remove it");
        }
        _ => {}
    }
    let all = https.iter().map(|taken| ("https", taken)).chain(http.iter().map(|taken| ("http", taken)));
    if let Some((name, taken)) = all.into_iter().find(|(_, taken)| overlap(**taken, address)) {
        field.error(format!("{address} is taken: {name} listens on {taken}"), "give admin a port of its own");
        return None;
    }
    Some(address)
}

pub(super) fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip().to_canonical(), other.ip().to_canonical());
    one.port() == other.port() && one.port() != 0 && (a == b || a.is_unspecified() || b.is_unspecified())
}

fn not_an_address(field: &Field<'_>) {
    let text = field.text();
    let port = text.rsplit_once(':').map_or(text, |(_, port)| port);
    let port = if port.parse::<u16>().is_ok() { port } else { "9440" };
    field.error(format!("{text:?} is no address with a port"), format!("write \"127.0.0.1:{port}\", or \"off\""));
}

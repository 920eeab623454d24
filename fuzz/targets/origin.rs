//! Origins and hosts: one page, one text.

use countersign_core::{Host, HostPattern, Origin, OriginError, TrustedOrigin};

/// The input is an `Origin`; its part after `://` is a `Host`; the whole is an entry of `trusted_origins`.
pub fn origin(data: &[u8]) {
    let own = Host::parse(b"app.example.com").ok();
    match Origin::parse(data) {
        Ok(origin) => {
            let text = origin.to_string();
            let again = Origin::parse(text.as_bytes()).ok().map(|again| again.to_string());
            assert_eq!(again.as_deref(), Some(text.as_str()), "parse, print, parse");
            assert!(
                !data.iter().any(|b| b"/?#@\\, \t\0".contains(b) && *b != b'/') && text.matches('/').count() == 2,
                "{text}"
            );
            if own.is_some_and(|own| origin.is_own(&own)) {
                let lower = data.to_ascii_lowercase();
                let port =
                    lower.strip_prefix(b"https://app.example.com").map(|rest| rest.strip_prefix(b":").unwrap_or(rest));
                let digits =
                    port.and_then(|port| std::str::from_utf8(port).ok()).map(|port| port.trim_start_matches('0'));
                assert!(matches!(digits, Some("" | "443")), "{text} is not own");
            }
        }
        Err(error) => assert_eq!(error == OriginError::Null, data == b"null"),
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    if let Ok(host) = Host::parse(rest.as_bytes()) {
        let printed = host.to_string();
        assert!(Host::parse(printed.as_bytes()).is_ok_and(|again| again == host), "{printed}");
        assert!(host.port() != Some(0) && !host.name().ends_with('.'), "{printed}");
        // A host is served by the pattern of its own name, whatever its case.
        if let Ok(pattern) = HostPattern::parse(host.name()) {
            assert!(pattern.matches(&host), "{printed}");
        }
    }
    if let Ok(pattern) = HostPattern::parse(rest) {
        assert!(HostPattern::parse(&pattern.to_string()).is_ok_and(|again| again == pattern), "{pattern}");
        assert!(
            !Host::parse(b"evil.invalid").is_ok_and(|evil| pattern.matches(&evil))
                || rest.eq_ignore_ascii_case("evil.invalid")
        );
    }
    if let Ok(trusted) = TrustedOrigin::parse(text) {
        let printed = trusted.to_string();
        assert!(TrustedOrigin::parse(&printed).is_ok_and(|again| again == trusted), "{printed}");
        assert!(printed.starts_with("https://") && !printed.contains("://*/"), "{printed}");
        let matches = |page: &[u8]| Origin::parse(page).is_ok_and(|page| trusted.matches(&page));
        assert!(!matches(b"null"), "{printed}");
        // An entry without a wildcard stands for itself, and for nothing over http.
        if !printed.contains('*') {
            assert!(matches(printed.as_bytes()), "{printed}");
        }
        assert!(!matches(printed.replacen("https", "http", 1).as_bytes()), "{printed}");
    }
}

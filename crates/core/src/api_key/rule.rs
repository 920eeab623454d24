//! What a route asks: which header bears the key, and what the key must be for.

/// Names that mean something already. Of `Authorization` and those that browsers write by themselves a
/// key would be no proof against a page: a browser adds Basic, Digest and Negotiate credentials to a
/// foreign page's request as it adds a certificate, and Android's WebView `X-Requested-With`.
static TAKEN: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-type",
    "cookie",
    "date",
    "dnt",
    "expect",
    "from",
    "host",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-event-id",
    "origin",
    "pragma",
    "priority",
    "range",
    "referer",
    "save-data",
    "traceparent",
    "tracestate",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "x-csrf-token",
    "x-csrftoken",
    "x-requested-with",
];

/// Beginnings that belong to somebody else: to browsers, CORS, WebSockets and proxies.
static TAKEN_BEGINNINGS: &[&str] = &["access-control-", "sec-", "proxy-"];

/// Fields of one connection, which no key may be.
static OF_THE_CONNECTION: &[&str] =
    &["connection", "http2-settings", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// What a route asks of its clients' keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRule {
    shown: Box<str>,
    header: Box<str>,
    scope: Box<str>,
    forward: bool,
}

/// Why a rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyRuleError {
    /// Not a header name that gets through.
    #[error("a header name here is letters, digits and hyphens")]
    Name,
    /// A name with another meaning.
    #[error("this header means something else")]
    Taken,
    /// `Authorization`.
    #[error("browsers add Authorization to requests of any page, so that it proves nothing against one")]
    Authorization,
    /// A name that only the gateway speaks.
    #[error("this header is the gateway's own, and a client's is dropped")]
    Protected,
    /// A scope that cannot be written into a challenge.
    #[error("a scope is 1 to 64 letters, digits and .:_/-")]
    Scope,
}

impl ApiKeyRule {
    /// The header that a route asks for unless it says otherwise.
    pub const HEADER: &str = "X-API-Key";

    /// Asks for a key of this scope in this header, which the app sees only if `forward` says so.
    ///
    /// # Errors
    /// [`ApiKeyRuleError`]
    pub fn new(header: &str, scope: &str, forward: bool) -> Result<Self, ApiKeyRuleError> {
        let shown = header;
        let header = header.to_ascii_lowercase();
        let plain = header.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        // `x--key` folds to nothing that is compared elsewhere.
        if header.is_empty() || header.len() > 64 || !plain || header != crate::protected::fold(&header) {
            return Err(ApiKeyRuleError::Name);
        }
        if header == "authorization" {
            return Err(ApiKeyRuleError::Authorization);
        }
        if TAKEN.contains(&&*header)
            || OF_THE_CONNECTION.contains(&&*header)
            || TAKEN_BEGINNINGS.iter().any(|start| header.starts_with(start))
        {
            return Err(ApiKeyRuleError::Taken);
        }
        if crate::ProtectedNames::default().drops(&header) {
            return Err(ApiKeyRuleError::Protected);
        }
        if !Self::is_scope(scope) {
            return Err(ApiKeyRuleError::Scope);
        }
        Ok(Self { shown: shown.into(), header: header.into(), scope: scope.into(), forward })
    }

    /// Whether a text can be a scope.
    #[must_use]
    pub fn is_scope(text: &str) -> bool {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".:_/-".contains(&b))
    }

    /// The header, in lower case.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.header
    }

    /// The header, as the configuration has it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The scope that a key must have.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Whether the app gets the key too.
    #[must_use]
    pub fn forward(&self) -> bool {
        self.forward
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_bear_keys() {
        for (header, expect) in [
            ("X-API-Key", None),
            ("Api-Key", None),
            ("x-partner-key2", None),
            ("X_API_Key", Some(ApiKeyRuleError::Name)),
            ("X--Key", Some(ApiKeyRuleError::Name)),
            ("-X-Key", Some(ApiKeyRuleError::Name)),
            ("", Some(ApiKeyRuleError::Name)),
            ("X-Key:", Some(ApiKeyRuleError::Name)),
            ("Authorization", Some(ApiKeyRuleError::Authorization)),
            ("Cookie", Some(ApiKeyRuleError::Taken)),
            ("connection", Some(ApiKeyRuleError::Taken)),
            ("Sec-Key", Some(ApiKeyRuleError::Taken)),
            ("Proxy-Authorization", Some(ApiKeyRuleError::Taken)),
            ("X-Requested-With", Some(ApiKeyRuleError::Taken)),
            ("Countersign-Client", Some(ApiKeyRuleError::Protected)),
            ("X-Forwarded-Key", Some(ApiKeyRuleError::Protected)),
            ("Remote-User", Some(ApiKeyRuleError::Protected)),
        ] {
            assert_eq!(ApiKeyRule::new(header, "orders", false).err(), expect, "{header}");
        }
    }

    #[test]
    fn scopes() {
        for (scope, fits) in [("orders", true), ("orders:read", true), ("a/b.c-d_e", true), ("", false), ("a b", false)]
        {
            assert_eq!(ApiKeyRule::new("X-API-Key", scope, false).is_ok(), fits, "{scope}");
        }
        assert!(!ApiKeyRule::is_scope(&"x".repeat(65)) && !ApiKeyRule::is_scope("\""));
    }
}

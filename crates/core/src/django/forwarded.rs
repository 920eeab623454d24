//! `request.META` of an app behind the gateway.

use std::borrow::Cow;

use super::Meta;
use crate::ProtectedNames;

/// What the gateway stamps, and the fields of the request that it passes on.
pub struct Forwarded<'f, F> {
    /// `Host`, as it came.
    pub host: &'f str,
    /// The port that the client asked for.
    pub port: u16,
    /// The port of the app; none for a Unix socket, where servers take that of `Host`.
    pub app_port: Option<u16>,
    /// A field by its name in lower case, several joined as the app gets them.
    pub field: F,
}

impl<F: Fn(&str) -> Option<Vec<u8>>> Meta for Forwarded<'_, F> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "HTTP_HOST" | "HTTP_X_FORWARDED_HOST" | "SERVER_NAME" => return Some(self.host.into()),
            "HTTP_X_FORWARDED_PROTO" => return Some("https".into()),
            "HTTP_X_FORWARDED_PORT" => return Some(self.port.to_string().into()),
            "SERVER_PORT" => return Some(self.app_port.unwrap_or(self.port).to_string().into()),
            _ => {}
        }
        let field = match name.strip_prefix("HTTP_") {
            Some(field) => field,
            None if matches!(name, "CONTENT_TYPE" | "CONTENT_LENGTH") => name,
            None => return None,
        };
        let field = field.to_ascii_lowercase().replace('_', "-");
        // What a client says under such a name never reaches the app.
        if ProtectedNames::default().drops(&field) {
            return None;
        }
        let value = (self.field)(&field)?;
        Some(value.into_iter().map(char::from).collect::<String>().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_gateway_drops_is_not_there() {
        let field = |_: &str| Some(b"sent".to_vec());
        let meta = Forwarded { host: "app.example.com:8443", port: 8443, app_port: Some(8000), field };
        for (name, value) in [
            ("HTTP_HOST", Some("app.example.com:8443")),
            ("HTTP_X_FORWARDED_HOST", Some("app.example.com:8443")),
            ("HTTP_X_FORWARDED_PROTO", Some("https")),
            ("HTTP_X_FORWARDED_PORT", Some("8443")),
            ("SERVER_PORT", Some("8000")),
            ("HTTP_ORIGIN", Some("sent")),
            ("HTTP_X_CSRFTOKEN", Some("sent")),
            ("CONTENT_TYPE", Some("sent")),
            ("HTTP_X_FORWARDED_SSL", None),
            ("HTTP_FRONT_END_HTTPS", None),
            ("HTTP_X_SCHEME", None),
            ("X_CSRFTOKEN", None),
        ] {
            assert_eq!(meta.get(name).as_deref(), value, "{name}");
        }
        assert_eq!(Forwarded { app_port: None, ..meta }.get("SERVER_PORT").as_deref(), Some("8443"));
    }
}

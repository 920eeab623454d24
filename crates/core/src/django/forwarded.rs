//! `request.META` of an app behind the gateway.

use std::borrow::Cow;

use super::Meta;

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
            // The gateway takes the others of the kind away.
            _ if name.starts_with("HTTP_X_FORWARDED_") => return None,
            _ => {}
        }
        let field = match name.strip_prefix("HTTP_") {
            Some(field) => field,
            None if matches!(name, "CONTENT_TYPE" | "CONTENT_LENGTH") => name,
            None => return None,
        };
        let value = (self.field)(&field.to_ascii_lowercase().replace('_', "-"))?;
        Some(value.into_iter().map(char::from).collect::<String>().into())
    }
}

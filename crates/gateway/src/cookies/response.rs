//! On the way out: bound cookies are sealed, attributes repaired, and the answer kept private.

use countersign_core::UnixTime;
use http::{HeaderMap, HeaderValue, header};

use super::{
    Binding, CookieOutcome, CookiePolicy, Opened, caching, pairs::unquoted, repair::Kind, request::HOST_PREFIX,
};

/// What browsers take of a cookie's name and value together (RFC 6265bis section 5.6).
const BROWSERS_TAKE: usize = 4_096;

impl CookiePolicy {
    /// Seals what the app sets for this client. `opened` is what came of its request's cookies.
    pub fn seal(&self, headers: &mut HeaderMap, opened: &mut Opened, binding: &Binding, now: UnixTime) {
        let mut sealed = false;
        if headers.contains_key(header::SET_COOKIE) {
            let before: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
            headers.remove(header::SET_COOKIE);
            for field in before {
                let set = self.set_cookie(field.as_bytes(), binding, now);
                sealed |= set.as_ref().is_some_and(|set| set.sealed);
                if let Some(set) = &set
                    && let (true, Some(name)) = (set.sealed, set.name)
                {
                    opened.outcomes.push((name.into(), CookieOutcome::Sealed));
                }
                // A bound cookie that cannot be sealed is not given out at all.
                if let Some(mut value) = set.and_then(|set| HeaderValue::from_bytes(&set.field).ok()) {
                    value.set_sensitive(true);
                    headers.append(header::SET_COOKIE, value);
                }
            }
        }
        if sealed || (opened.carried && caching::varies_on_cookie(headers)) {
            caching::keep_private(headers);
        }
    }

    fn set_cookie(&self, field: &[u8], binding: &Binding, now: UnixTime) -> Option<SetCookie<'_>> {
        let mut parts = field.split(|&b| b == b';');
        let pair = parts.next().unwrap_or_default();
        let attributes: Vec<&[u8]> = parts.collect();
        let Some(at) = pair.iter().position(|&b| b == b'=') else {
            return Some(SetCookie { field: field.to_vec(), name: None, sealed: false });
        };
        let (written, value) = pair.split_at_checked(at)?;
        let value = value.strip_prefix(b"=").unwrap_or_default().trim_ascii();
        let name = self.names.iter().find(|name| name.as_bytes() == written.trim_ascii());
        let mut out = Vec::with_capacity(field.len() + 128);
        // An empty value deletes, and is nobody's secret.
        let sealed = name.is_some() && !unquoted(value).is_empty();
        match name {
            None => out.extend_from_slice(pair),
            Some(name) => {
                if self.repair.host_prefix {
                    out.extend_from_slice(HOST_PREFIX.as_bytes());
                }
                out.extend_from_slice(name.as_bytes());
                out.push(b'=');
                if sealed {
                    out.extend_from_slice(self.ring.seal(&self.context(name, binding), value, now)?.as_bytes());
                }
                if out.len() > BROWSERS_TAKE {
                    let (site, bytes) = (&*self.site, out.len());
                    tracing::warn!(target: "countersign::cookies", site, cookie = &**name, bytes, "browsers drop a sealed cookie of this size");
                }
            }
        }
        let kind = match name {
            None => Kind::Other,
            Some(name) if *name == self.csrf_cookie => Kind::Csrf,
            Some(_) => Kind::Bound,
        };
        self.repair.write(&attributes, kind, &mut out);
        Some(SetCookie { field: out, name: name.map(|name| &**name), sealed })
    }
}

struct SetCookie<'p> {
    field: Vec<u8>,
    name: Option<&'p str>,
    sealed: bool,
}

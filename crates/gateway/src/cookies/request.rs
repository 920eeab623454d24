//! On the way in: bound cookies are opened or dropped, all others stay as they are.

use countersign_core::{Reason, Refusal, UnixTime};
use http::{HeaderMap, HeaderValue, header};

use super::{
    Binding, CookieOutcome, CookiePolicy,
    pairs::{Pair, as_anybody_reads, pairs, unquoted},
    seal::PREFIX,
};

/// What a browser demands of a cookie of this name: `Secure`, no `Domain`, `Path=/`.
pub(super) const HOST_PREFIX: &str = "__Host-";

/// What became of a request's cookies.
#[derive(Debug, Default)]
pub struct Opened {
    /// Whether it had one of a bound name, opened or not.
    pub(super) carried: bool,
    pub(crate) outcomes: Vec<(Box<str>, CookieOutcome)>,
}

/// A cookie of a bound name.
struct Found<'p> {
    name: &'p str,
    prefixed: bool,
}

/// What goes on of one piece.
enum Piece<'a> {
    As(&'a [u8]),
    Opened(&'a str, Vec<u8>),
    Gone,
}

impl CookiePolicy {
    /// Opens the bound cookies of a request, and what its script echoes of the CSRF cookie.
    ///
    /// # Errors
    /// `cookie-duplicate`: two values of one name open.
    pub fn open(&self, headers: &mut HeaderMap, binding: &Binding, now: UnixTime) -> Result<Opened, Refusal> {
        let mut opened = Opened::default();
        if self.names.is_empty() {
            return Ok(opened);
        }
        if headers.get_all(header::COOKIE).iter().any(|field| pairs(field.as_bytes()).any(|pair| self.concerns(&pair)))
        {
            opened.carried = true;
            self.open_cookies(headers, binding, now, &mut opened)?;
        }
        self.open_echo(headers, binding, &mut opened);
        Ok(opened)
    }

    fn concerns(&self, pair: &Pair<'_>) -> bool {
        self.found(pair.name).is_some() || self.disguised(pair.name).is_some()
    }

    fn found(&self, name: &[u8]) -> Option<Found<'_>> {
        let bare = name.strip_prefix(HOST_PREFIX.as_bytes()).filter(|_| self.repair.host_prefix);
        let name = bare.unwrap_or(name);
        let bound = self.names.iter().find(|bound| bound.as_bytes() == name)?;
        Some(Found { name: bound, prefixed: bare.is_some() })
    }

    /// The bound name that another server may read here.
    fn disguised(&self, name: &[u8]) -> Option<&str> {
        let read = as_anybody_reads(name);
        if *read == *name {
            return None;
        }
        self.found(&read).map(|found| found.name)
    }

    fn open_cookies(
        &self,
        headers: &mut HeaderMap,
        binding: &Binding,
        now: UnixTime,
        opened: &mut Opened,
    ) -> Result<(), Refusal> {
        // HTTP/2 splits cookies into several fields; servers of HTTP/1.1 take one.
        let mut all = Vec::new();
        for field in headers.get_all(header::COOKIE) {
            if !all.is_empty() {
                all.extend_from_slice(b"; ");
            }
            all.extend_from_slice(field.as_bytes());
        }
        let mut pieces: Vec<Piece<'_>> = Vec::new();
        let mut open: Vec<(usize, Found<'_>)> = Vec::new();
        let mut unbound: Vec<(usize, &str, &[u8])> = Vec::new();
        for pair in pairs(&all) {
            let at = pieces.len();
            let Some(found) = self.found(pair.name) else {
                pieces.push(match self.disguised(pair.name) {
                    Some(name) => {
                        opened.outcomes.push((name.into(), CookieOutcome::Disguised));
                        Piece::Gone
                    }
                    None => Piece::As(pair.raw),
                });
                continue;
            };
            let (name, value) = (found.name, pair.value.unwrap_or_default());
            match self.ring.open(&self.context(name, binding), value) {
                Ok(plain) => {
                    open.push((at, found));
                    pieces.push(Piece::Opened(name, plain));
                }
                Err(why) => {
                    match CookieOutcome::from(why) {
                        CookieOutcome::Unbound if self.accepts_unbound(now) => unbound.push((at, name, value)),
                        outcome => opened.outcomes.push((name.into(), outcome)),
                    }
                    pieces.push(Piece::Gone);
                }
            }
        }
        for name in self.names.iter().filter(|name| open.iter().any(|(_, found)| *found.name == ***name)) {
            settle(name, &open, &mut pieces)?;
            opened.outcomes.push((name.clone(), CookieOutcome::Opened));
        }
        for (at, name, value) in unbound {
            // Beside one that opened, it can only have been tossed in.
            let accepted = !open.iter().any(|(_, found)| found.name == name);
            let outcome = if accepted { CookieOutcome::AcceptedUnbound } else { CookieOutcome::Unbound };
            opened.outcomes.push((name.into(), outcome));
            if let Some(piece) = pieces.get_mut(at).filter(|_| accepted) {
                *piece = Piece::Opened(name, value.to_vec());
            }
        }
        put_back(headers, &pieces);
        Ok(())
    }

    /// What a script copied from the cookie into the CSRF header. A token from a page is no sealed
    /// value and goes on as it is.
    fn open_echo(&self, headers: &mut HeaderMap, binding: &Binding, opened: &mut Opened) {
        let sealed = |value: &HeaderValue| unquoted(value.as_bytes()).starts_with(PREFIX);
        if !headers.get_all(&self.csrf_header).iter().any(sealed) || !self.names.contains(&self.csrf_cookie) {
            return;
        }
        let context = self.context(&self.csrf_cookie, binding);
        let values: Vec<HeaderValue> = headers.get_all(&self.csrf_header).iter().cloned().collect();
        headers.remove(&self.csrf_header);
        for value in values {
            if !sealed(&value) {
                headers.append(&self.csrf_header, value);
                continue;
            }
            let plain = self.ring.open(&context, unquoted(value.as_bytes()));
            let outcome = plain.as_ref().map_or_else(|why| (*why).into(), |_| CookieOutcome::Opened);
            opened.outcomes.push((self.csrf_header.as_str().into(), outcome));
            if let Some(mut value) = plain.ok().and_then(|plain| HeaderValue::from_bytes(unquoted(&plain)).ok()) {
                value.set_sensitive(true);
                headers.append(&self.csrf_header, value);
            }
        }
    }
}

/// Leaves one of the values of this name that opened. One with the prefix wins over one from before
/// the prefix was switched on.
fn settle(name: &str, open: &[(usize, Found<'_>)], pieces: &mut [Piece<'_>]) -> Result<(), Refusal> {
    let of_name = || open.iter().filter(|(_, found)| found.name == name);
    let prefixed = of_name().any(|(_, found)| found.prefixed);
    let mut kept: Option<Vec<u8>> = None;
    for (at, found) in of_name() {
        let Some(piece) = pieces.get_mut(*at) else { continue };
        match (&kept, &*piece) {
            (None, Piece::Opened(_, value)) if found.prefixed == prefixed => {
                kept = Some(value.clone());
                continue;
            }
            (Some(kept), Piece::Opened(_, value)) if found.prefixed == prefixed && kept != value => {
                return Err(Refusal::new(Reason::CookieDuplicate).received(name));
            }
            _ => {}
        }
        *piece = Piece::Gone;
    }
    Ok(())
}

fn put_back(headers: &mut HeaderMap, pieces: &[Piece<'_>]) {
    let mut field: Vec<u8> = Vec::new();
    let mut first = true;
    for piece in pieces.iter().filter(|piece| !matches!(piece, Piece::Gone)) {
        if !first {
            field.push(b';');
        }
        match piece {
            Piece::As(raw) if first => field.extend_from_slice(raw.trim_ascii_start()),
            Piece::As(raw) => field.extend_from_slice(raw),
            Piece::Opened(name, value) => {
                if !first {
                    field.push(b' ');
                }
                field.extend_from_slice(name.as_bytes());
                field.push(b'=');
                field.extend_from_slice(value);
            }
            Piece::Gone => {}
        }
        first = false;
    }
    headers.remove(header::COOKIE);
    // What was in a header, or was sealed from one, is fit for one.
    if let (false, Ok(mut value)) = (field.is_empty(), HeaderValue::from_bytes(&field)) {
        value.set_sensitive(true);
        headers.insert(header::COOKIE, value);
    }
}

//! On the way in: bound cookies are opened or dropped, all others stay as they are.

use std::collections::BTreeMap;

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
        // By name: where the value that counts is, and whether it has the prefix.
        let mut chosen: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
        let mut unbound: Vec<(usize, &str, &[u8])> = Vec::new();
        for pair in pairs(&all) {
            let at = pieces.len();
            pieces.push(Piece::Gone);
            let mut put = |piece| pieces.last_mut().map(|last| *last = piece);
            let Some(Found { name, prefixed }) = self.found(pair.name) else {
                match self.disguised(pair.name) {
                    Some(name) => opened.outcomes.push((name.into(), CookieOutcome::Disguised)),
                    None => drop(put(Piece::As(pair.raw))),
                }
                continue;
            };
            let value = pair.value.unwrap_or_default();
            match self.ring.open(&self.context(name, binding), value) {
                Ok(plain) => {
                    put(Piece::Opened(name, plain));
                    match chosen.get(name).copied() {
                        None => drop(chosen.insert(name, (at, prefixed))),
                        // One from before the prefix was switched on gives way to one with it.
                        Some((old, false)) if prefixed => {
                            chosen.insert(name, (at, true));
                            pieces.get_mut(old).map(|old| *old = Piece::Gone);
                        }
                        Some((_, true)) if !prefixed => drop(pieces.pop().map(|_| pieces.push(Piece::Gone))),
                        Some((old, _)) => {
                            if !same(pieces.get(old), pieces.get(at)) {
                                return Err(Refusal::new(Reason::CookieDuplicate).received(name));
                            }
                            pieces.pop();
                            pieces.push(Piece::Gone);
                        }
                    }
                }
                Err(why) => {
                    let outcome = CookieOutcome::from(why);
                    if outcome == CookieOutcome::Unbound && self.accepts_unbound(now) {
                        unbound.push((at, name, value));
                    } else {
                        opened.outcomes.push((name.into(), outcome));
                    }
                }
            }
        }
        opened.outcomes.extend(chosen.keys().map(|name| ((*name).into(), CookieOutcome::Opened)));
        for (at, name, value) in unbound {
            // Beside one that opened, it can only have been tossed in.
            let accepted = !chosen.contains_key(name);
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
        if !headers.get_all(&self.csrf_header).iter().any(sealed)
            || !self.names.iter().any(|name| *name == self.csrf_cookie)
        {
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

fn same(one: Option<&Piece<'_>>, other: Option<&Piece<'_>>) -> bool {
    matches!((one, other), (Some(Piece::Opened(_, one)), Some(Piece::Opened(_, other))) if one == other)
}

fn put_back(headers: &mut HeaderMap, pieces: &[Piece<'_>]) {
    let mut field: Vec<u8> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Gone => {}
            Piece::As(raw) => {
                if !field.is_empty() {
                    field.push(b';');
                }
                field.extend_from_slice(if field.is_empty() { raw.trim_ascii_start() } else { raw });
            }
            Piece::Opened(name, value) => {
                if !field.is_empty() {
                    field.extend_from_slice(b"; ");
                }
                field.extend_from_slice(name.as_bytes());
                field.push(b'=');
                field.extend_from_slice(value);
            }
        }
    }
    headers.remove(header::COOKIE);
    // What was in a header, or was sealed from one, is fit for one.
    if let (false, Ok(mut value)) = (field.is_empty(), HeaderValue::from_bytes(&field)) {
        value.set_sensitive(true);
        headers.insert(header::COOKIE, value);
    }
}

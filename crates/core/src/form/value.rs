//! The value of a token field, as far as its text can matter.

/// What 65 characters take at most, each as four percent-encoded bytes.
const KEPT: usize = 65 * 12;

/// The bytes of a value; of a long one its beginning.
#[derive(Default)]
pub(super) struct Value {
    bytes: Vec<u8>,
    cut: bool,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Value").field("len", &self.bytes.len()).field("cut", &self.cut).finish()
    }
}

impl Value {
    pub(super) fn push(&mut self, piece: &[u8]) {
        let room = KEPT - self.bytes.len();
        match piece.get(..room) {
            Some(fits) if piece.len() > room => {
                self.bytes.extend_from_slice(fits);
                self.cut = true;
            }
            _ => self.bytes.extend_from_slice(piece),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }
}

/// The text that is compared.
pub(super) fn token(text: &str) -> Box<str> {
    match text.char_indices().nth(super::MAX_TOKEN_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or_default().into(),
        None => text.into(),
    }
}

/// Decodes base64 that is nothing else: whole groups, padding at the end, no white space. All
/// releases agree on it; some decode more (`b64decode` with and without `validate`).
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut groups = text.chunks_exact(4);
    let mut ended = false;
    for group in groups.by_ref() {
        let digits = group.iter().take_while(|&&b| b != b'=').count();
        let padded = group.iter().skip(digits).all(|&b| b == b'=');
        if ended || digits < 2 || !padded {
            return None;
        }
        ended = digits < 4;
        let bits = group.iter().take(digits).try_fold(0u32, |bits, &b| Some(bits << 6 | digit(b)?))?;
        let [_, bytes @ ..] = (bits << (6 * (4 - digits))).to_be_bytes();
        out.extend(bytes.iter().take(digits - 1));
    }
    groups.remainder().is_empty().then_some(out)
}

fn digit(b: u8) -> Option<u32> {
    Some(u32::from(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Whether a file's base64 decodes in every release, piece by piece: white space is skipped there.
#[derive(Debug, Default)]
pub(super) struct Base64File {
    digits: u8,
    padding: u8,
    flawed: bool,
}

impl Base64File {
    pub(super) fn push(&mut self, piece: &[u8]) {
        for &b in piece {
            match b {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => continue,
                b'=' => {
                    self.padding += 1;
                    self.flawed |= self.padding > 2 || self.digits < 2;
                }
                _ => self.flawed |= self.padding > 0 || digit(b).is_none(),
            }
            if self.flawed {
                return;
            }
            self.digits = (self.digits + 1) % 4;
        }
    }

    pub(super) fn holds(&self) -> bool {
        !self.flawed && self.digits == 0
    }
}

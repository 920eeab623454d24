//! Which free text may become part of a certificate's subject.
//!
//! A subject is read by people in logs and copied into headers by programs, so a name is refused
//! unless everyone sees the same characters: no control characters (a newline starts a new header
//! or log line), no bidirectional controls (they reorder what a reviewer reads), no invisible
//! characters (two names that look alike are two people), and no space but U+0020, neither first
//! nor last (RFC 4514 must escape those, and many readers trim them). The price is known: joiners
//! that some scripts write with are refused too.
//!
//! Letters of any script are fine. The length limit is RFC 5280's `ub-common-name`, 64 characters;
//! it holds for organisation and unit as well.

use std::borrow::Cow;

/// `ub-common-name`, `ub-organization-name` and `ub-organizational-unit-name` of RFC 5280, A.1.
pub(super) const MAX_CHARS: usize = 64;

/// `Err` says what was expected of `text` as an attribute of a subject.
pub(super) fn check(text: &str) -> Result<(), Cow<'static, str>> {
    if text.is_empty() {
        return Err("expected at least one character".into());
    }
    let chars = text.chars().count();
    if chars > MAX_CHARS {
        return Err(format!("expected at most {MAX_CHARS} characters, it has {chars}").into());
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err("expected no space at its start or end".into());
    }
    visible(text)
}

/// `Err` names the first character of `text` that a reader could not see as it is.
pub(super) fn visible(text: &str) -> Result<(), Cow<'static, str>> {
    let Some((bad, kind)) = text.chars().find_map(|c| Some((c, hidden(c)?))) else {
        return Ok(());
    };
    Err(format!("expected visible characters, it contains {kind} U+{:04X}", u32::from(bad)).into())
}

/// What kind of character `c` is, if it cannot be seen or changes how others are seen.
fn hidden(c: char) -> Option<&'static str> {
    match c {
        _ if c.is_control() => Some("the control character"),
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Some("the bidirectional control")
        }
        ' ' => None,
        _ if c.is_whitespace() => Some("the unusual space"),
        // The rest of the general category Cf, the letters that have no shape (Hangul fillers, the
        // Braille blank), variation selectors, and what is no character at all.
        '\u{AD}'
        | '\u{34F}'
        | '\u{600}'..='\u{605}'
        | '\u{6DD}'
        | '\u{70F}'
        | '\u{890}'..='\u{891}'
        | '\u{8E2}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200D}'
        | '\u{2060}'..='\u{206F}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{FDD0}'..='\u{FDEF}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{110BD}'
        | '\u{110CD}'
        | '\u{13430}'..='\u{1345F}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}' => Some("the invisible character"),
        _ if u32::from(c) & 0xFFFE == 0xFFFE => Some("the invisible character"),
        _ => None,
    }
}

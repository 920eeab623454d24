//! A pasted curl command, as people and browsers write it ("Copy as cURL").
//!
//! It is read, never run: no variable, no substitution, and no file but the certificate is looked at. An
//! option that is not known is an error, since it could change the request; one that cannot change what a
//! gateway decides is taken and passed over.

use super::{ExplainArgs, Unclear};

/// Options with a value that change nothing here.
const PASSED_WITH_VALUE: &[&str] = &[
    "-o",
    "--output",
    "--key",
    "--cacert",
    "--capath",
    "--cert-type",
    "--key-type",
    "--pass",
    "--resolve",
    "--connect-to",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "-w",
    "--write-out",
    "-c",
    "--cookie-jar",
    "--ciphers",
    "-D",
    "--dump-header",
    "--tls-max",
    "--interface",
    "--dns-servers",
    "--max-redirs",
];

/// Flags that change nothing here.
const PASSED: &[&str] = &[
    "-k",
    "--insecure",
    "-s",
    "--silent",
    "-S",
    "--show-error",
    "-v",
    "--verbose",
    "-i",
    "--include",
    "-L",
    "--location",
    "--compressed",
    "--http1.1",
    "--http2",
    "--http2-prior-knowledge",
    "--http3",
    "-f",
    "--fail",
    "--fail-with-body",
    "-4",
    "-6",
    "--ipv4",
    "--ipv6",
    "-N",
    "--no-buffer",
    "--tlsv1.2",
    "--tlsv1.3",
    "--path-as-is",
    "-#",
    "--globoff",
    "-g",
];

/// The command, put into what the command line would have said; what that does say stays.
pub(super) fn args(command: &str, args: &ExplainArgs) -> Result<ExplainArgs, Unclear> {
    let words = words(command)?;
    let mut words = words.into_iter().peekable();
    words.next_if(|word| word == "curl" || word.ends_with("/curl") || word == "curl.exe");
    let mut read = Read { args: args.clone(), data: Vec::new(), get: false, json: false, forms: Vec::new() };
    while let Some(word) = words.next() {
        // `-XPOST`, `--request=POST` is none of curl's.
        let (option, attached) = match word.as_str() {
            long if long.starts_with("--") => (long.to_owned(), None),
            short if short.starts_with('-') && short.chars().count() > 2 => {
                let (option, rest) = short.split_at_checked(2).unwrap_or((short, ""));
                (option.to_owned(), Some(rest.to_owned()))
            }
            other => (other.to_owned(), None),
        };
        if !option.starts_with('-') {
            read.url(option)?;
            continue;
        }
        if PASSED.contains(&option.as_str()) {
            // `-sSk`
            for flag in attached.iter().flat_map(|rest| rest.chars()) {
                let flag = format!("-{flag}");
                if !PASSED.contains(&flag.as_str()) {
                    return Err(unknown(&flag));
                }
            }
            continue;
        }
        if read.flag(&option) {
            continue;
        }
        let value = attached.or_else(|| words.next()).ok_or_else(|| format!("curl's {option} lacks its value"))?;
        read.option(&option, value)?;
    }
    read.finish()
}

struct Read {
    args: ExplainArgs,
    data: Vec<String>,
    get: bool,
    json: bool,
    forms: Vec<(String, String)>,
}

impl Read {
    fn url(&mut self, url: String) -> Result<(), Unclear> {
        if self.args.url.is_some() {
            return Err(format!("the curl command has a second URL, {url:?}: explain one request at a time").into());
        }
        self.args.url = Some(if url.contains("://") { url } else { format!("https://{url}") });
        Ok(())
    }

    fn header(&mut self, name: &str, value: &str) {
        self.args.headers.push(format!("{name}: {value}"));
    }

    fn flag(&mut self, option: &str) -> bool {
        match option {
            "-I" | "--head" => self.args.method = Some("HEAD".into()),
            "-G" | "--get" => self.get = true,
            _ => return false,
        }
        true
    }

    fn option(&mut self, option: &str, value: String) -> Result<(), Unclear> {
        match option {
            "-X" | "--request" => self.args.method = Some(value),
            "-H" | "--header" => {
                // `-H 'Name;'` sends an empty one, `-H 'Name:'` removes it.
                if let Some(name) = value.strip_suffix(';') {
                    self.header(name, "");
                } else if !value.ends_with(':') {
                    self.args.headers.push(value);
                }
            }
            "-b" | "--cookie" if value.contains('=') => self.header("Cookie", &value),
            "-b" | "--cookie" => return Err(file(option)),
            "-A" | "--user-agent" => self.header("User-Agent", &value),
            "-e" | "--referer" => self.header("Referer", &value),
            "-u" | "--user" => self.header("Authorization", "Basic …"),
            "-d" | "--data" | "--data-ascii" | "--data-binary" if value.starts_with('@') => return Err(file(option)),
            "-d" | "--data" | "--data-ascii" | "--data-raw" | "--data-binary" => self.data.push(value),
            "--data-urlencode" => self.data.push(urlencoded(&value, option)?),
            "--json" if value.starts_with('@') => return Err(file(option)),
            "--json" => {
                self.json = true;
                self.data.push(value);
            }
            "-F" | "--form" | "--form-string" => {
                let (name, value) =
                    value.split_once('=').ok_or_else(|| "curl's -F is written NAME=VALUE".to_owned())?;
                self.forms.push((name.into(), value.into()));
            }
            "-E" | "--cert" => {
                let path = value.split(':').next().unwrap_or_default();
                self.args.cert.get_or_insert_with(|| path.into());
            }
            "--url" => self.url(value)?,
            passed if PASSED_WITH_VALUE.contains(&passed) => {}
            other => return Err(unknown(other)),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ExplainArgs, Unclear> {
        let url = self.args.url.clone().ok_or_else(|| "the curl command has no URL".to_owned())?;
        let data = self.data.join("&");
        if self.get && !self.data.is_empty() {
            self.args.url = Some(format!("{url}{}{data}", if url.contains('?') { '&' } else { '?' }));
        } else if !self.forms.is_empty() {
            const BOUNDARY: &str = "------------------------explain";
            let mut body = String::new();
            for (name, value) in &self.forms {
                // A file's content is not read: what the token rests on is in the other fields.
                let file = if value.starts_with(['@', '<']) { "; filename=\"file\"" } else { "" };
                let value = if file.is_empty() { value } else { "" };
                body += &format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
                );
            }
            self.args.data = Some(format!("{body}--{BOUNDARY}--\r\n"));
            self.header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"));
        } else if !self.data.is_empty() {
            if self.json && !self.args.headers.iter().any(|h| h.to_ascii_lowercase().starts_with("content-type:")) {
                self.header("Content-Type", "application/json");
            }
            self.args.data = Some(data);
        }
        Ok(self.args)
    }
}

fn unknown(option: &str) -> Unclear {
    format!("curl's {option} is not known here: leave it out if it does not change the request").into()
}

fn file(option: &str) -> Unclear {
    format!("curl's {option} names a file, and explain reads none: write the content itself").into()
}

/// `NAME=VALUE`, `=VALUE` or `VALUE`.
fn urlencoded(value: &str, option: &str) -> Result<String, Unclear> {
    if value.contains('@') && !value.contains('=') {
        return Err(file(option));
    }
    let (name, value) = value.split_once('=').unwrap_or(("", value));
    let mut text = if name.is_empty() { String::new() } else { format!("{name}=") };
    for b in value.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            text.push(char::from(b));
        } else {
            text += &format!("%{b:02X}");
        }
    }
    Ok(text)
}

/// The words of a command of bash: quotes, `$'…'`, backslashes, lines that go on.
fn words(command: &str) -> Result<Vec<String>, Unclear> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = command.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\\' => match chars.next() {
                Some('\n') => {}
                Some('\r') => drop(chars.next_if_eq(&'\n')),
                Some(c) => word.get_or_insert_default().push(c),
                None => return Err("the curl command ends with a backslash".to_owned().into()),
            },
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err(open_quote()),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => match chars.next() {
                            Some('\n') => {}
                            Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                            Some(c) => word.extend(['\\', c]),
                            None => return Err(open_quote()),
                        },
                        Some('$' | '`') => return Err(substitution()),
                        Some(c) => word.push(c),
                        None => return Err(open_quote()),
                    }
                }
            }
            '$' if chars.next_if_eq(&'\'').is_some() => ansi_c(&mut chars, word.get_or_insert_default())?,
            '$' | '`' => return Err(substitution()),
            ';' | '|' | '&' | '<' | '>' | '(' | ')' if word.is_none() => {
                return Err(format!("the curl command goes on with {c:?}: paste the curl command alone").into());
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn open_quote() -> Unclear {
    "the curl command ends within quotes".to_owned().into()
}

fn substitution() -> Unclear {
    "the curl command has a variable or a substitution, and nothing is run here: write the value itself"
        .to_owned()
        .into()
}

/// `$'…'`, in which browsers write what is no plain text.
fn ansi_c(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, word: &mut String) -> Result<(), Unclear> {
    loop {
        match chars.next().ok_or_else(open_quote)? {
            '\'' => return Ok(()),
            '\\' => match chars.next().ok_or_else(open_quote)? {
                'n' => word.push('\n'),
                'r' => word.push('\r'),
                't' => word.push('\t'),
                'x' => code(chars, 2, word),
                'u' => code(chars, 4, word),
                'U' => code(chars, 8, word),
                c => word.push(c),
            },
            c => word.push(c),
        }
    }
}

fn code(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, most: usize, word: &mut String) {
    let mut number = 0_u32;
    for _ in 0..most {
        let Some(digit) = chars.next_if(char::is_ascii_hexdigit).and_then(|c| c.to_digit(16)) else { break };
        number = number.saturating_mul(16).saturating_add(digit);
    }
    word.push(char::from_u32(number).unwrap_or('\u{fffd}'));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_those_of_bash() {
        for (command, expected) in [
            ("curl 'a b' \"c\\\"d\" e\\ f", &["curl", "a b", "c\"d", "e f"][..]),
            ("curl \\\n  -H $'x: \\u0021\\'\\n' ''", &["curl", "-H", "x: !'\n", ""]),
            ("a'b'\"c\"", &["abc"]),
        ] {
            assert_eq!(words(command).ok().unwrap(), expected, "{command}");
        }
        for command in ["curl 'a", "curl \"a", "curl $HOME", "curl \"$(id)\"", "curl a | sh", "curl a\\"] {
            assert!(words(command).is_err(), "{command}");
        }
    }

    proptest! {
        #[test]
        fn nothing_pasted_panics(command in "\\PC{0,80}", tail in "[-a-zA-Z'\"$\\\\ ;@=:/\n]{0,80}") {
            let _ = args(&format!("curl {tail}{command}"), &ExplainArgs::default());
        }
    }
}

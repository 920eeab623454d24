//! A request of a HAR file, as a browser's developer tools save it.

use std::path::Path;

use serde::Deserialize;

use super::{ExplainArgs, Unclear};

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    headers: Vec<Header>,
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct PostData {
    text: Option<String>,
}

/// The entry that was asked for, put into what the command line would have said.
pub(super) fn args(path: &Path, args: &ExplainArgs) -> Result<ExplainArgs, Unclear> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read {shown:?}: {error}"))?;
    of(&bytes, &shown, args)
}

fn of(bytes: &[u8], shown: &str, args: &ExplainArgs) -> Result<ExplainArgs, Unclear> {
    // Some tools write a byte order mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let har: Har = serde_json::from_slice(bytes).map_err(|error| format!("{shown:?} is no HAR file: {error}"))?;
    let wanted = |url: &str| args.url_contains.as_ref().is_none_or(|text| url.contains(text.as_str()));
    let found: Vec<(usize, &Request)> = har
        .log
        .entries
        .iter()
        .enumerate()
        .map(|(n, entry)| (n + 1, &entry.request))
        .filter(|(n, request)| args.entry.is_none_or(|entry| entry == *n) && wanted(&request.url))
        .collect();
    let request = match found.as_slice() {
        [(_, request)] => *request,
        [] => return Err(format!("no entry of {shown:?} fits; it has {}", har.log.entries.len()).into()),
        several => {
            let mut text = format!("{} entries of {shown:?} fit; choose one with --entry:", several.len());
            for (n, request) in several.iter().take(30) {
                let url = request.url.split(['?', '#']).next().unwrap_or_default();
                text += &format!("\n  {n:>4}  {} {url}", request.method);
            }
            return Err(text.into());
        }
    };
    let mut args = args.clone();
    args.url = Some(request.url.clone());
    args.method = Some(request.method.clone());
    for Header { name, value } in &request.headers {
        // Those of HTTP/2 say the same as method and URL.
        if !name.starts_with(':') && !name.eq_ignore_ascii_case("content-length") {
            args.headers.push(format!("{name}: {value}"));
        }
    }
    args.data = request.post_data.as_ref().and_then(|data| data.text.clone()).filter(|text| !text.is_empty());
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAR: &str = r#"{"log": {"version": "1.2", "entries": [
        {"request": {"method": "GET", "url": "https://app.example.com/", "headers": [{"name": ":authority", "value": "app.example.com"}]}},
        {"request": {"method": "POST", "url": "https://app.example.com/pay?x=SECRET", "headers": [{"name": "Origin", "value": "https://evil.example"}], "postData": {"mimeType": "text/plain", "text": "a=b"}}}
    ]}}"#;

    fn chosen(entry: Option<usize>, url: Option<&str>) -> Result<ExplainArgs, String> {
        let args = ExplainArgs { entry, url_contains: url.map(str::to_owned), ..ExplainArgs::default() };
        of(HAR.as_bytes(), "x.har", &args).map_err(|unclear| match unclear {
            Unclear::Usage(text) => text,
            Unclear::Config(_) => String::new(),
        })
    }

    #[test]
    fn one_entry_is_chosen() {
        let args = chosen(None, Some("/pay")).unwrap();
        assert_eq!((args.method.as_deref(), args.data.as_deref()), (Some("POST"), Some("a=b")));
        assert_eq!(args.headers, ["Origin: https://evil.example"]);
        assert!(chosen(Some(1), None).unwrap().headers.is_empty());
        let several = chosen(None, None).unwrap_err();
        assert!(several.contains("   2  POST https://app.example.com/pay") && !several.contains("SECRET"), "{several}");
        assert!(chosen(Some(3), None).is_err());
        let args = ExplainArgs::default();
        assert!(of(b"{}", "x.har", &args).is_err() && of(b"\xff", "x.har", &args).is_err());
    }
}

//! The request, as curl would send it over HTTP/1.1.

use countersign_core::Host;

use super::{ExplainArgs, Unclear};

/// A request that was described.
pub(super) struct Asked {
    pub(super) method: String,
    /// The authority of the URL: what TLS names, and `Host` unless a header overrides it.
    pub(super) authority: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// Names in lower case.
    pub(super) fields: Vec<(String, String)>,
    /// The body, empty if there is none.
    pub(super) body: String,
}

impl Asked {
    pub(super) fn of(args: &ExplainArgs) -> Result<Self, Unclear> {
        let url = args.url.as_deref().or(args.url_flag.as_deref()).unwrap_or_default();
        let (authority, path, query) = split(url)?;
        let mut fields = args.headers.iter().map(|header| field(header)).collect::<Result<Vec<_>, _>>()?;
        let has = |fields: &[(String, String)], wanted: &str| fields.iter().any(|(name, _)| name == wanted);
        if !has(&fields, "host") {
            fields.insert(0, ("host".into(), authority.clone()));
        }
        if args.data.is_some() && !has(&fields, "content-type") {
            fields.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
        }
        let method = match &args.method {
            Some(method) => method.clone(),
            None if args.data.is_some() => "POST".into(),
            None => "GET".into(),
        };
        Ok(Self { method, authority, path, query, fields, body: args.data.clone().unwrap_or_default() })
    }

    pub(super) fn url(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("https://{}{}{query}", self.authority, self.path)
    }

    /// The name that TLS is told.
    pub(super) fn host(&self) -> Result<Host<'_>, Unclear> {
        Host::parse(self.authority.as_bytes())
            .map_err(|error| format!("invalid host {:?}: {error}", self.authority).into())
    }
}

/// Authority, path and query. The path is kept as it is, dots and all; a fragment is never sent.
fn split(url: &str) -> Result<(String, String, Option<String>), Unclear> {
    let invalid = |why: &str| Unclear::Usage(format!("invalid URL {url:?}: {why}"));
    let scheme = url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    let rest = url.get(8..).filter(|_| scheme);
    let rest = rest.ok_or_else(|| invalid("the gateway serves https only, write https://HOST/PATH"))?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, target) = rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len())).unwrap_or((rest, ""));
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    if let Err(error) = Host::parse(authority.as_bytes()) {
        return Err(invalid(&error.to_string()));
    }
    let authority = authority.strip_suffix(":443").unwrap_or(authority);
    Ok((authority.into(), if path.is_empty() { "/".into() } else { path.into() }, query))
}

fn field(header: &str) -> Result<(String, String), Unclear> {
    match header.split_once(':') {
        Some((name, value)) if !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Ok((name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).into()))
        }
        _ => Err(format!("invalid header {header:?}: write \"Name: value\"").into()),
    }
}

//! The first form of a page that writes: what a run without `--endpoint` is measured by.
//!
//! Read by its tags alone; a form that a script makes is not seen. It is sent a marker in place of what it asks
//! for, so only a form that asks for something is taken. Those whose address says that they end a session or
//! remove something are left alone, and those that lead elsewhere.

/// Where it leads, as a path of this site.
pub(crate) fn action(page: &str, path: &str, origin: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower.get(from..)?.find("<form") {
        let start = from + at;
        let end = start + lower.get(start..)?.find('>')?;
        from = end;
        // Lower-casing ASCII keeps the places.
        let tag = page.get(start..end)?;
        if !attribute(tag, "method").is_some_and(|method| method.eq_ignore_ascii_case("post")) {
            continue;
        }
        // A form without a field to fill is a button: sent honestly, with its token, it may act.
        let inside = lower.get(end..)?.split("</form").next().unwrap_or_default();
        if !takes_text(inside) {
            continue;
        }
        let leads = resolve(&attribute(tag, "action").unwrap_or_default(), path, origin);
        let harmful = ["logout", "signout", "sign-out", "delete", "remove", "revoke"];
        if let Some(leads) = leads
            && !harmful.iter().any(|word| leads.to_ascii_lowercase().contains(word))
        {
            return Some(leads);
        }
    }
    None
}

fn takes_text(form: &str) -> bool {
    let inputs = form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let filled = |tag: &str| {
        let kind = attribute(&format!(" {tag}"), "type").unwrap_or_else(|| "text".into());
        matches!(kind.as_str(), "text" | "email" | "number" | "date" | "search" | "tel" | "url" | "password")
    };
    form.contains("<textarea") || inputs.into_iter().any(filled)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.match_indices(name).find_map(|(at, _)| {
        let before = lower.get(..at)?.chars().next_back()?;
        let after = lower.get(at + name.len()..)?.trim_start();
        (before.is_whitespace() && after.starts_with('=')).then_some(at + name.len())
    })?;
    let value = tag.get(at..)?.trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split(char::is_whitespace).next()?,
    };
    Some(value.replace("&amp;", "&"))
}

fn resolve(action: &str, path: &str, origin: &str) -> Option<String> {
    let action = action.split('#').next().unwrap_or_default();
    let page = path.split('?').next().unwrap_or_default();
    if action.is_empty() {
        return Some(page.to_owned());
    }
    if let Some(rest) = action.strip_prefix(origin) {
        return if rest.is_empty() { Some("/".into()) } else { rest.starts_with('/').then(|| rest.to_owned()) };
    }
    if action.starts_with("//") || action.contains(':') {
        return None;
    }
    if action.starts_with('/') {
        return Some(action.to_owned());
    }
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    if action.starts_with('?') { Some(format!("{page}{action}")) } else { Some(format!("{folder}/{action}")) }
}

#[cfg(test)]
mod tests {
    use super::action;

    #[test]
    fn the_first_that_writes_here() {
        let of = |page: &str| action(page, "/shop/?a=1", "https://app.example.com");
        assert_eq!(
            of("<form action=/search><form method=post action=\"/pay?x=1&amp;y=2\"><input name=a>").unwrap(),
            "/pay?x=1&y=2"
        );
        assert_eq!(of("<FORM METHOD='POST'><TEXTAREA>").unwrap(), "/shop/");
        assert_eq!(of("<form method=\"post\" action=\"add\"><input type=\"email\">").unwrap(), "/shop/add");
        assert_eq!(of("<form method=post action=\"https://app.example.com/x\"><input>").unwrap(), "/x");
        assert_eq!(of("<form method=post action='/logout/'><input></form><form method=post action='/b'><input type=hidden></form><form method=post action='/a'><input>").unwrap(), "/a");
        for none in [
            "",
            "<form",
            "<form method=post action=//evil/><input>",
            "<form method=post action=javascript:x><input>",
            "<form data-method=post>",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(of("<form method=post action=https://app.example.com.evil/><input>"), None);
    }
}

//! The cookies that the site sets, with their attributes as they were written.

use crate::answer::Answer;

/// One cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) value: String,
    /// In lower case, with what follows the equals sign as it was.
    pub(crate) attributes: Vec<(String, String)>,
    /// The path of the request that was answered with it.
    pub(crate) set_by: String,
}

impl Cookie {
    fn parse(field: &str, set_by: &str) -> Option<Self> {
        let mut parts = field.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let attributes = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self { name: name.trim().into(), value: value.trim().into(), attributes, set_by: set_by.into() })
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// What a browser would hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar {
    /// As they are sent.
    held: Vec<(String, String)>,
    /// All that were ever set, deletions left out.
    pub(crate) set: Vec<Cookie>,
}

impl Jar {
    pub(crate) fn of(cookies: &[(String, String)]) -> Self {
        Self { held: cookies.to_vec(), set: Vec::new() }
    }

    pub(crate) fn learn(&mut self, answer: &Answer, path: &str) {
        for cookie in answer.all("set-cookie").filter_map(|field| Cookie::parse(field, path)) {
            self.held.retain(|(name, _)| *name != cookie.name);
            if cookie.value.is_empty() || cookie.value == "\"\"" || cookie.attribute("max-age") == Some("0") {
                continue;
            }
            self.held.push((cookie.name.clone(), cookie.value.clone()));
            self.set.push(cookie);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.held.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all(&self) -> &[(String, String)] {
        &self.held
    }

    /// The `Cookie` field.
    pub(crate) fn line(&self) -> Option<String> {
        line(&self.held)
    }
}

/// The `Cookie` field of these.
pub(crate) fn line(cookies: &[(String, String)]) -> Option<String> {
    let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!pairs.is_empty()).then(|| pairs.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_cookie_is_gone() {
        let mut jar = Jar::of(&[("a".into(), "0".into())]);
        let answer = |fields: &[&str]| Answer {
            fields: fields.iter().map(|field| ("Set-Cookie".into(), (*field).into())).collect(),
            ..Answer::default()
        };
        jar.learn(&answer(&["a=1; Path=/; HttpOnly; SameSite=Lax", "b=2"]), "/");
        assert_eq!(jar.line().unwrap(), "a=1; b=2");
        assert_eq!(jar.set[0].attribute("samesite"), Some("Lax"));
        assert_eq!(jar.set[0].attribute("httponly"), Some(""));
        jar.learn(&answer(&["b=; Max-Age=0"]), "/");
        assert_eq!(jar.line().unwrap(), "a=1");
    }
}

//! Values as an attacker spells them.

use crate::{forgery::Carried, probe::Probe};

/// 64 characters, as a token of Django looks.
pub(crate) fn random_token() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(64).collect()
}

/// The origin of a host beside the site's.
pub(crate) fn sibling(probe: &Probe<'_>) -> String {
    let target = probe.client.target;
    format!("https://{}", target.authority_of(&target.sibling()))
}

/// The victim's cookies with the CSRF cookie replaced by another; or with both.
pub(crate) fn tossed(probe: &Probe<'_>, token: &str, keep: bool) -> Carried {
    let jar = probe.jar.borrow();
    let name = &probe.site.csrf_cookie;
    let mut cookies: Vec<_> = jar.all().iter().filter(|(other, _)| keep || other != name).cloned().collect();
    cookies.push((name.clone(), token.into()));
    crate::cookies::line(&cookies).map_or(Carried::None, Carried::These)
}

/// The endpoint, spelled so that it begins with an exempt path.
pub(crate) fn aliases(exempt: &str, endpoint: &str) -> Vec<String> {
    let folder = exempt.rsplit_once('/').map_or("", |(folder, _)| folder);
    let depth = folder.matches('/').count();
    let rest = endpoint.trim_start_matches('/');
    let up = |step: &str, slash: &str| std::iter::repeat_n(format!("{step}{slash}"), depth).collect::<String>();
    vec![
        format!("{folder}/{}{rest}", up("..", "/")),
        format!("{folder}/{}{rest}", up("%2e%2e", "/")),
        format!("{folder}/{}{rest}", up("..", "%2f")),
        format!("{folder}//{}../{rest}", up("..", "/")),
        format!("{folder}/;/{}{rest}", up("..", "/")),
        // Only named, for whoever searches the address.
        format!("{endpoint}{}countersign={exempt}", if endpoint.contains('?') { '&' } else { '?' }),
    ]
}

/// The last hyphen replaced.
pub(crate) fn last_with(name: &str, other: char) -> String {
    match name.rsplit_once('-') {
        Some((start, end)) => format!("{start}{other}{end}"),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_climb_out_of_the_exempt_folder() {
        assert_eq!(aliases("/exempt/notes/", "/notes/")[0], "/exempt/notes/../../notes/");
        assert_eq!(aliases("/exempt/", "/notes/")[2], "/exempt/..%2fnotes/");
        assert_eq!(last_with("X-A-B", '_'), "X-A_B");
    }
}

//! Whom a file is for, by its path.

/// Words of names and folders for developers, tests and documentation.
const ASIDE: &[&str] = &[
    "dev",
    "develop",
    "development",
    "local",
    "test",
    "tests",
    "testing",
    "ci",
    "debug",
    "doc",
    "docs",
    "lint",
    "example",
    "examples",
];

/// Whether a word of a name says so.
pub(crate) fn is_word(word: &str) -> bool {
    ASIDE.contains(&word)
}

/// Whether it is not for a server that people use; the path is relative to what is audited, with slashes.
pub(crate) fn is_aside(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let words = name.split(|c: char| !c.is_alphanumeric());
    folders.split('/').chain(words).any(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_words() {
        for path in ["docs/requirements.txt", "requirements-dev.txt", "Dockerfile.dev", "docker-compose.test.yml"] {
            assert!(is_aside(path), "{path}");
        }
        for path in ["requirements.txt", "developers/Dockerfile", "docker-compose.yml", "latest/start.sh", ""] {
            assert!(!is_aside(path), "{path}");
        }
    }
}

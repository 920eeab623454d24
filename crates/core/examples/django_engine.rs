//! Answers requests as Django's `CsrfViewMiddleware` does: one JSON object a line in, `settings` and
//! `request`, one JSON text a line out. `tests/django/suite.py` puts it in the place of the middleware
//! while Django's own tests run.

#[path = "../tests/django/case.rs"]
#[allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
mod case;

use std::io::{self, BufRead, Write};

#[derive(serde::Deserialize)]
struct Asked {
    settings: case::DjangoSettings,
    request: case::Request,
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let asked: Asked = serde_json::from_str(&line?)?;
        let answer = asked.request.answer(&asked.settings.settings());
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        out.flush()?;
    }
    Ok(())
}

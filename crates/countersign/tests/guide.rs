//! `docs/guide.md` is true: each configuration in it is started, and each request below it gets the answer
//! that stands there. Other pages' test names exist.

use std::{fs, path::Path};

use crate::support::{Config, Gateway, HOST, Upstream, venv::workspace};

fn page(name: &str) -> String {
    fs::read_to_string(workspace().join("docs").join(name)).unwrap()
}

/// The blocks of a page, with their language.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
            all.push((language.to_owned(), block.join("\n")));
        }
    }
    all
}

/// The words of a shell, as far as the page has them.
fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (n, part) in line.split('\'').enumerate() {
        if n % 2 == 1 {
            all.push(part.to_owned());
        } else {
            all.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    all
}

/// `curl … -X POST URL -H 'Name: value' -d BODY` as the bytes that curl sends.
fn request(line: &str) -> String {
    let words = words(line);
    let (mut method, mut path, mut fields, mut body) = ("GET".to_owned(), String::new(), String::new(), None);
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "…" => {}
            "-X" => method.clone_from(rest.next().unwrap()),
            "-H" => fields += &format!("{}\r\n", rest.next().unwrap()),
            "-d" => body = rest.next(),
            url => url
                .strip_prefix(&format!("https://{HOST}"))
                .unwrap_or_else(|| panic!("{line}: {url}"))
                .clone_into(&mut path),
        }
    }
    let body = body.map_or("", String::as_str);
    format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn the_guides_requests_get_the_answers_that_it_shows() {
    let upstream = Upstream::start();
    let mut gateway: Option<Gateway> = None;
    let (mut configurations, mut requests) = (0, 0);
    for (language, block) in blocks(&page("guide.md")) {
        match language.as_str() {
            "toml" => {
                let mut config = Config::new(upstream.url());
                if let Some(site) = block.strip_prefix("[[site]]\n") {
                    config = config.site(site);
                } else {
                    config = config.route(block.strip_prefix("[[site.route]]\n").unwrap());
                }
                gateway = Some(Gateway::start(&config));
                configurations += 1;
            }
            "console" => {
                let gateway = gateway.as_ref().unwrap();
                let lines: Vec<&str> = block.lines().collect();
                for pair in lines.chunks(2) {
                    let [asked, said] = pair else { panic!("{pair:?}") };
                    let answer = gateway.ask(&request(asked.strip_prefix("$ ").unwrap()));
                    let reason =
                        answer.header("countersign-reason").map_or(String::new(), |reason| format!(" {reason}"));
                    assert_eq!(&format!("{}{reason}", answer.status), said, "{asked}\n{}", answer.text());
                    requests += 1;
                }
            }
            _ => {}
        }
    }
    assert!(configurations >= 5 && requests >= 10, "{configurations} configurations, {requests} requests");
}

#[test]
fn tests_that_the_threat_model_names_are_there() {
    let text = page("threat-model.md");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut named = 0;
    for row in text.lines().filter(|line| line.starts_with("| ") && line.matches('|').count() == 4).skip(1) {
        let shown = row.split('|').nth(3).unwrap();
        for name in shown.split('`').skip(1).step_by(2) {
            let there = match name.strip_suffix(".toml") {
                Some(_) => workspace().join("testdata/csrf").join(name).is_file(),
                None => tests.join(format!("{name}.rs")).is_file(),
            };
            assert!(there, "{name}: {row}");
            named += 1;
        }
    }
    assert!(named > 30, "{named}");
}

/// Relative links of all pages lead to files.
#[test]
fn links_between_pages_lead_somewhere() {
    let root = workspace();
    let mut pages: Vec<_> = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.extend(["README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| root.join(name)));
    for page in pages.iter().filter(|path| path.extension().is_some_and(|e| e == "md")) {
        let text = fs::read_to_string(page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") || file.contains(' ') {
                continue;
            }
            assert!(page.parent().unwrap().join(file).exists(), "{}: {link}", page.display());
        }
    }
}

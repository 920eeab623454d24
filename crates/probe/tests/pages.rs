//! The pages about the cases are what their files say. `UPDATE=1` writes them.

use std::{collections::BTreeSet, env, fs, path::Path};

use countersign_probe::{CASES, report::docs};

#[test]
fn every_case_has_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("docs/cases");
    let mut pages: Vec<(String, String)> = vec![("README.md".into(), docs::index())];
    pages.extend(CASES.iter().map(|case| (format!("{}.md", case.id), docs::page(case))));
    if env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let there: BTreeSet<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, pages.iter().map(|(name, _)| name.clone()).collect(), "run with UPDATE=1");
    for (name, text) in &pages {
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), *text, "{name}: run with UPDATE=1");
    }
}

//! Every name that a client may not set, and the other ways to write it.
//!
//! WSGI and CGI fold `X-SSL_Client.Verify` and `X-SSL-Client-Verify` into one variable (Django
//! CVE-2015-0219, CVE-2026-3902), and filters that knew `_` forgot `.` (Traefik CVE-2026-88011).

use countersign_core::ProtectedNames;
use countersign_gateway::FORMATS;
use fastrand::Rng;

/// What stands in a name of one's own, where a site protects it.
pub(crate) const OWN: &str = "X-Tenant-Id";

/// Characters that a name may hold beside letters and digits (RFC 9110 section 5.6.2).
static SEPARATORS: &[&str] = &["!", "#", "$", "%", "&", "'", "*", "+", "-", ".", "^", "_", "`", "|", "~"];

/// Those that the gateway stamps, of every format.
pub(crate) fn stamped() -> Vec<&'static str> {
    FORMATS.iter().flat_map(|format| format.headers()).map(|(name, _)| *name).collect()
}

/// The protected names: those of every format, core's list, the site's own.
pub(crate) fn protected() -> Vec<String> {
    let mut names: Vec<String> = stamped().into_iter().map(str::to_ascii_lowercase).collect();
    for entry in ProtectedNames::always() {
        match entry.strip_suffix('-') {
            Some(stem) => names.extend([stem.into(), format!("{entry}user"), format!("{entry}a-b")]),
            None => names.push(entry.into()),
        }
    }
    let more =
        ["countersign-assertion", "countersign-request-id", "countersign-client", "remote-user", "x-remote-user"];
    names.extend(more.map(Into::into));
    names.extend(["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"].map(Into::into));
    names.push(OWN.to_ascii_lowercase());
    names.sort();
    names.dedup();
    names
}

/// Ways to write one name, itself among them.
pub(crate) fn of(name: &str, rng: &mut Rng) -> Vec<String> {
    let words: Vec<&str> = name.split('-').collect();
    let gaps = words.len() - 1;
    let joined = |separators: &[String]| {
        let mut all = words[0].to_owned();
        for (separator, word) in separators.iter().zip(&words[1..]) {
            all.push_str(separator);
            all.push_str(word);
        }
        all
    };
    let mut all = vec![name.to_owned(), name.to_ascii_uppercase()];
    // Every separator, and runs of them, everywhere.
    for separator in SEPARATORS.iter().copied().chain(["--", "__", "-_", "_-", "._", "-.-"]) {
        all.push(joined(&vec![separator.to_owned(); gaps]));
    }
    // Every way to choose between hyphen, underscore and dot.
    for choice in 0..3_usize.pow(u32::try_from(gaps.min(4)).unwrap()) {
        let one = |gap: usize| ["-", "_", "."][choice / 3_usize.pow(u32::try_from(gap.min(4)).unwrap()) % 3].to_owned();
        all.push(joined(&(0..gaps).map(one).collect::<Vec<_>>()));
    }
    // At the ends.
    for separator in ["-", "_", ".", "--", "~"] {
        all.extend([format!("{separator}{name}"), format!("{name}{separator}")]);
    }
    // Anything, in any case.
    for _ in 0..6 {
        let run = |rng: &mut Rng| -> String {
            (0..rng.usize(1..4)).map(|_| SEPARATORS[rng.usize(..SEPARATORS.len())]).collect()
        };
        let separators: Vec<String> = (0..gaps).map(|_| run(rng)).collect();
        all.push(any_case(&joined(&separators), rng));
    }
    all.push(any_case(name, rng));
    all.sort();
    all.dedup();
    // A rule reads this one by its name, and two of it are refused.
    all.retain(|spelling| !spelling.eq_ignore_ascii_case("countersign-client") || spelling == "countersign-client");
    all
}

fn any_case(name: &str, rng: &mut Rng) -> String {
    name.chars().map(|c| if rng.bool() { c.to_ascii_uppercase() } else { c }).collect()
}

/// All spellings of all protected names, shuffled, in pieces that fit into one head.
pub(crate) fn pieces(size: usize, seed: u64) -> Vec<Vec<String>> {
    let mut rng = Rng::with_seed(seed);
    let mut all: Vec<String> = protected().iter().flat_map(|name| of(name, &mut rng)).collect();
    rng.shuffle(&mut all);
    all.chunks(size).map(<[String]>::to_vec).collect()
}

#[test]
fn every_spelling_is_a_name_that_folds_to_a_protected_one() {
    let pieces = pieces(100, 1);
    let own = ProtectedNames::new([OWN]);
    let fold = |name: &str| -> String {
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
    };
    for name in pieces.iter().flatten() {
        assert!(http::HeaderName::from_bytes(name.as_bytes()).is_ok(), "{name:?} is no header name");
        assert!(own.drops(name) && own.drops(&fold(name)), "{name}");
    }
    let count = pieces.iter().flatten().count();
    assert!(count > 3_000, "{count} spellings");
}

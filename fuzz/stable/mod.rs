//! Runs a fuzz target on a stable compiler: over its seed corpus, and over seeded mutations of it.
//!
//! `fuzz/run` searches for hours with coverage; this keeps the targets compiling and catches what
//! lies near the surface. A failure names its seed: `FUZZ_SEED=… cargo test --test fuzz_smoke`.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Pieces that parsers stumble over.
const DICTIONARY: &[&str] = &[
    "%25",
    "%2e",
    "%2f",
    "%5c",
    "%00",
    "%",
    "65",
    "..",
    "//",
    ";",
    "\\",
    "\n",
    "\nOrigin: null",
    "\nOrigin: https://evil.example",
    "\nSec-Fetch-Site: same-origin",
    "\nSec-Fetch-Site: none",
    "\nSec_Fetch_Site: same-origin",
    "\nUpgrade: websocket",
    "\nCookie: a",
    "\nContent-Type: application/json",
    "\nCountersign-Client: x",
    "://",
    ":443",
    "@",
    "[::1]",
    "*.",
    ".",
    ",",
    " ",
    "\t",
    "\0",
    "\u{e9}",
    "https",
    "http",
    "null",
    "evil.example",
    "app.example.com",
    "partner.example",
    "[",
    "]]",
    "\"",
    "\"\"\"",
    "= ",
    "\n[[site]]\n",
    "\n[[site.route]]\npath = \"/\"\n",
    "\n[limits]\nidle_timeout = \"0s\"\n",
    "{ trust = ",
    ".",
    ",",
    "=",
    "\"exp\":1800000030,",
    "1800000060",
    "eyJhbGciOiJub25lIn0",
];

fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut data = seeds.get(random.below(seeds.len())).cloned().unwrap_or_default();
    for _ in 0..=random.below(4) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(9)).min(data.len());
        match random.below(7) {
            0 => drop(data.drain(at..end)),
            // Formats with lengths in them notice anything longer or shorter at once.
            6 => data.iter_mut().skip(at).take(1).for_each(|byte| *byte = u8::try_from(random.below(256)).unwrap()),
            1 => data.insert(at, u8::try_from(random.below(256)).unwrap()),
            2 => data = data.get(..at).unwrap().to_vec(),
            3 => {
                let other = seeds.get(random.below(seeds.len())).cloned().unwrap_or_default();
                data.extend_from_slice(other.get(random.below(other.len() + 1)..).unwrap());
            }
            _ => drop(data.splice(at..end, DICTIONARY.get(random.below(DICTIONARY.len())).unwrap().bytes())),
        }
    }
    data
}

/// Runs the target over its seeds in `fuzz/corpus/<name>`, then over `rounds` mutations of them.
pub(crate) fn run(name: &str, target: fn(&[u8]), rounds: usize) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(seeds.len() > 5, "{name} has hardly any seeds");
    for (file, data) in files.iter().zip(&seeds) {
        assert!(catch_unwind(|| target(data)).is_ok(), "the seed {} breaks an invariant", file.display());
    }
    let clock = || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap();
    let seed = std::env::var("FUZZ_SEED").map_or_else(|_| clock(), |seed| seed.parse().unwrap());
    let mut random = Random(seed);
    for round in 0..rounds {
        let data = mutate(&mut random, &seeds);
        let held = catch_unwind(AssertUnwindSafe(|| target(&data))).is_ok();
        assert!(held, "FUZZ_SEED={seed}, round {round}: {:?}", String::from_utf8_lossy(&data));
    }
}

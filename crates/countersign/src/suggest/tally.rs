//! What a log says, added up while it is read.
//!
//! Invariant: memory is bounded whatever the log holds. Sites, origins and paths are kept up to a limit,
//! and what comes beyond it is counted; of distinct clients only hashes are kept, up to a limit too.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use countersign_core::{CanonicalPath, Origin};

use super::event::{Event, Line};

const MAX_SITES: usize = 1_000;
const MAX_ORIGINS: usize = 1_000;
const MAX_PATHS: usize = 20_000;
const MAX_DISTINCT: usize = 1_000;
const SAMPLES: usize = 3;
/// Longer ones are no path that anybody writes into a configuration.
const MAX_TEXT: usize = 300;

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) lines: u64,
    /// Not written by the gateway, or cut.
    pub(super) unreadable: u64,
    pub(super) decisions: u64,
    pub(super) reported: u64,
    /// Permits of which nothing was reported: without them pages are invisible.
    pub(super) permits: u64,
    /// Beyond a limit, or too long to be kept.
    pub(super) dropped: u64,
    pub(super) sites: BTreeMap<String, SiteTally>,
}

/// One site.
#[derive(Debug, Default)]
pub(super) struct SiteTally {
    /// Of `origin-mismatch`, by origin.
    pub(super) origins: BTreeMap<String, OriginTally>,
    /// By decoded path.
    pub(super) paths: BTreeMap<String, PathTally>,
    /// By reason and route: what no proposal can come of.
    pub(super) others: BTreeMap<(String, String), Seen>,
    /// Paths were left out.
    pub(super) overflow: bool,
}

/// Requests of a kind.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) requests: u64,
    pub(super) clients: Distinct,
    /// Request ids.
    pub(super) samples: Vec<String>,
}

/// Requests of pages of another origin.
#[derive(Debug, Default)]
pub(super) struct OriginTally {
    pub(super) seen: Seen,
    pub(super) paths: Distinct,
    /// Forms and links, as opposed to scripts.
    pub(super) navigations: u64,
    pub(super) same_site: u64,
    pub(super) without_metadata: u64,
}

/// Requests for one path.
#[derive(Debug, Default)]
pub(super) struct PathTally {
    /// Without proof, and as a route for programs would take them.
    pub(super) programs: Seen,
    /// Without proof and without a marker, otherwise the same.
    pub(super) unmarked: Seen,
    /// Without a certificate, and answered.
    pub(super) anonymous: Seen,
    /// Of pages that proved their intent, or GET, which needs no proof.
    pub(super) pages: u64,
    /// Of clients with a certificate that holds.
    pub(super) known: u64,
    pub(super) methods: BTreeSet<String>,
    pub(super) route: String,
}

/// How many different ones there are.
#[derive(Debug, Default)]
pub(super) struct Distinct(HashSet<u64>);

impl Distinct {
    fn add(&mut self, value: &str) {
        if self.0.len() < MAX_DISTINCT {
            let mut hasher = DefaultHasher::new();
            value.hash(&mut hasher);
            self.0.insert(hasher.finish());
        }
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

impl Seen {
    fn add(&mut self, event: &Event) {
        self.requests += 1;
        self.clients.add(event.client_key());
        let plain = |id: &str| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if self.samples.len() < SAMPLES && plain(&event.request_id) {
            self.samples.push(event.request_id.clone());
        }
    }
}

impl Seen {
    /// Both together; samples of the first.
    pub(super) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.clients.0.extend(other.clients.0.iter().take(MAX_DISTINCT));
        let room = SAMPLES.saturating_sub(self.samples.len());
        self.samples.extend(other.samples.iter().take(room).cloned());
    }
}

impl Tally {
    pub(super) fn line(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        self.lines += 1;
        match Line::read(line) {
            Line::Decision(event) => self.decision(&event),
            Line::Other => {}
            Line::Unreadable => self.unreadable += 1,
        }
    }

    /// A line that is longer than any that the gateway writes.
    pub(super) fn endless_line(&mut self) {
        self.lines += 1;
        self.unreadable += 1;
    }

    fn decision(&mut self, event: &Event) {
        self.decisions += 1;
        let too_long = [&event.site, &event.route, &event.path].iter().any(|text| text.len() > MAX_TEXT);
        let known = self.sites.contains_key(&event.site);
        // The name of a site is a host; whatever else stands there came from elsewhere.
        let plain = !event.site.is_empty() && event.site.bytes().all(|b| b.is_ascii_graphic());
        if too_long || !plain || (!known && self.sites.len() >= MAX_SITES) {
            self.dropped += 1;
            return;
        }
        let site = self.sites.entry(event.site.clone()).or_default();
        match event.verdict.as_str() {
            "permit" | "failed" if !event.would_refuse.is_empty() => {
                self.reported += 1;
                if !site.reported(event) {
                    self.dropped += 1;
                }
            }
            "permit" => {
                self.permits += 1;
                site.path(event, |path| path.permitted(event));
            }
            // A preflight is refused on trial too, and tells of a page that would call.
            "refuse" if event.reason.starts_with("cors-") || event.reason == "preflight-refused" => {
                site.other(event, &event.reason);
            }
            _ => {}
        }
    }
}

impl SiteTally {
    /// False if it could not be kept.
    fn reported(&mut self, event: &Event) -> bool {
        let mut kept = true;
        for reason in event.reasons() {
            kept &= match (reason, event.program.as_deref()) {
                ("origin-mismatch", _) if event.origin.as_deref().is_some_and(is_plain_https) => self.origin(event),
                ("intent-missing", Some("yes")) => self.path(event, |path| path.programs.add(event)),
                ("intent-missing" | "machine-marker-missing", _) => self.path(event, |path| path.unmarked.add(event)),
                // What the app does not serve to anybody is not asked for.
                ("client-cert-missing", _) if event.status < 400 => self.path(event, |path| path.anonymous.add(event)),
                _ => self.other(event, reason),
            };
        }
        if event.reason != "report-only" {
            self.path(event, |path| path.permitted(event));
        }
        kept
    }

    fn origin(&mut self, event: &Event) -> bool {
        let origin = event.origin.clone().unwrap_or_default();
        if !self.origins.contains_key(&origin) && self.origins.len() >= MAX_ORIGINS {
            return false;
        }
        let tally = self.origins.entry(origin).or_default();
        tally.seen.add(event);
        tally.paths.add(&event.path);
        tally.navigations += u64::from(event.sec_fetch_mode.as_deref() == Some("navigate"));
        tally.same_site += u64::from(event.sec_fetch_site.as_deref() == Some("same-site"));
        tally.without_metadata += u64::from(event.sec_fetch_site.is_none());
        true
    }

    fn path(&mut self, event: &Event, add: impl FnOnce(&mut PathTally)) -> bool {
        let Ok(path) = CanonicalPath::parse(&event.path) else { return false };
        let path = path.decoded();
        if !self.paths.contains_key(path) && self.paths.len() >= MAX_PATHS {
            self.overflow = true;
            return false;
        }
        let tally = self.paths.entry(path.to_owned()).or_default();
        if tally.methods.len() < 10 {
            tally.methods.insert(event.method.chars().take(20).collect());
        }
        tally.route.clone_from(&event.route);
        add(tally);
        true
    }

    fn other(&mut self, event: &Event, reason: &str) -> bool {
        let key = (reason.chars().take(60).collect(), event.route.clone());
        if !self.others.contains_key(&key) && self.others.len() >= MAX_ORIGINS {
            return false;
        }
        self.others.entry(key).or_default().add(event);
        true
    }
}

impl PathTally {
    fn permitted(&mut self, event: &Event) {
        self.pages += u64::from(!matches!(event.reason.as_str(), "machine" | "api-key" | "preflight"));
        self.known += u64::from(!matches!(event.client.as_str(), "" | "(rejected)"));
    }
}

/// An origin that could stand in `trusted_origins`. `null`, http and what does not parse never do.
fn is_plain_https(origin: &str) -> bool {
    origin.len() <= MAX_TEXT
        && !origin.contains('*')
        && Origin::parse(origin.as_bytes()).is_ok()
        && countersign_core::TrustedOrigin::parse(origin).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever comes, no more than the limits is kept.
    #[test]
    fn memory_is_bounded() {
        let mut tally = Tally::default();
        for n in 0..(MAX_PATHS + 2_000) {
            tally.line(&format!(
                r#"{{"target":"countersign::decision","verdict":"permit","reason":"report-only","site":"s{}","path":"/p{n}","client":"c{n}","request_id":"{n}","would_refuse":"origin-mismatch,intent-missing,x{n}","program":"yes","origin":"https://o{n}.example"}}"#,
                n % 2
            ));
        }
        for n in 0..2_000 {
            tally.line(&format!(r#"{{"target":"countersign::decision","verdict":"permit","site":"t{n}","path":"/"}}"#));
        }
        assert_eq!(tally.sites.len(), MAX_SITES);
        let site = &tally.sites["s0"];
        assert!(site.origins.len() == MAX_ORIGINS && site.paths.len() <= MAX_PATHS && site.others.len() == MAX_ORIGINS);
        assert!(tally.dropped > 2_000, "{}", tally.dropped);
        let one = &site.origins["https://o0.example"];
        assert_eq!((one.seen.requests, one.seen.samples.len()), (1, 1));
        let mut distinct = Distinct::default();
        (0..5_000).for_each(|n| distinct.add(&n.to_string()));
        assert_eq!(distinct.count(), MAX_DISTINCT);
    }

    #[test]
    fn only_plain_https_origins_can_be_proposed() {
        for (origin, fits) in [
            ("https://partner.example.com", true),
            ("https://partner.example.com:8443", true),
            ("http://partner.example.com", false),
            ("null", false),
            ("https://*.example.com", false),
            ("https://a.example/", false),
            ("https://user@a.example", false),
            ("", false),
        ] {
            assert_eq!(is_plain_https(origin), fits, "{origin}");
        }
    }
}

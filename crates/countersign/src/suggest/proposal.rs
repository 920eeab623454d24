//! What follows from a log, and what does not.
//!
//! A log says who asked, never who may. So a proposal is something that a person is to look at, and
//! whatever looks like an attack is shown and not proposed: the usual attack *is* a form of a foreign
//! page, sent along by many honest browsers. Never proposed: `null`, http and odd origins; anybody for
//! an `allow` list; anything unsafe for clients without a certificate.

use std::collections::BTreeMap;

use super::tally::{OriginTally, PathTally, Seen, SiteTally, Tally};

/// So many clients and paths tell use from an accident.
const MIN_CLIENTS: usize = 2;
const MIN_PATHS: usize = 2;
/// So many paths of one directory are taken for all of it.
const MIN_SIBLINGS: usize = 3;
const MIN_ANONYMOUS: u64 = 3;

/// A change of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) site: String,
    pub(super) change: Change,
    /// What it rests on.
    pub(super) why: String,
    /// What is to be asked before it is taken.
    pub(super) look: &'static str,
    pub(super) requests: u64,
    pub(super) samples: Vec<String>,
}

/// What would be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A line of `trusted_origins`.
    TrustedOrigin(String),
    /// A route for programs, or for both.
    Route {
        path: String,
        /// `machine` or `any`.
        audience: &'static str,
        method: String,
    },
    /// A route that needs no certificate, to read.
    Anonymous { path: String },
}

/// Something that a person has to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) site: String,
    /// It looks like what the policy is there to refuse.
    pub(super) attack: bool,
    pub(super) text: String,
    pub(super) requests: u64,
    pub(super) samples: Vec<String>,
}

/// Proposals, and what is none.
pub(super) fn judge(tally: &Tally) -> (Vec<Proposal>, Vec<Doubt>) {
    let mut all = Judged::default();
    for (name, site) in &tally.sites {
        for (origin, seen) in &site.origins {
            all.origin(name, origin, seen);
        }
        all.paths(name, site, tally.permits > 0);
        for ((reason, route), seen) in &site.others {
            let what = countersign_core::Reason::from_code(reason);
            let what = what.map(|reason| format!("{}: {}", reason.info().text, reason.info().fix));
            let what = what.unwrap_or_else(|| "unknown to this version".into());
            let text = format!("{} on route {route:?}: {what}", reason.escape_debug());
            all.doubt(name, false, text, seen);
        }
    }
    all.doubts.sort_by_key(|doubt| (!doubt.attack, std::cmp::Reverse(doubt.requests)));
    (all.proposals, all.doubts)
}

#[derive(Default)]
struct Judged {
    proposals: Vec<Proposal>,
    doubts: Vec<Doubt>,
}

impl Judged {
    fn origin(&mut self, site: &str, origin: &str, tally: &OriginTally) {
        let OriginTally { seen, paths, navigations, same_site, without_metadata } = tally;
        let (clients, paths) = (seen.clients.count(), paths.count());
        let counted =
            format!("{} of {} and for {}", times(seen.requests), many(clients, "client"), many(paths, "path"));
        if navigations * 2 > seen.requests && *same_site == 0 {
            let text = format!(
                "{origin} sends forms: {counted}, most of them navigations from another site. That is how a forged form looks; a partner's form looks the same, so add it to trusted_origins only if you know whose pages these are"
            );
            self.doubt(site, true, text, seen);
        } else if without_metadata * 2 > seen.requests {
            let text =
                format!("{origin}: {counted}, most without Fetch Metadata, so that no current browser sent them");
            self.doubt(site, false, text, seen);
        } else if clients < MIN_CLIENTS || paths < MIN_PATHS {
            let text = format!("{origin}: {counted}: too few to tell use from an accident or a trial of somebody's");
            self.doubt(site, false, text, seen);
        } else {
            let near = if *same_site > 0 { ", as a sibling of the site" } else { "" };
            self.propose(
                site,
                Change::TrustedOrigin(origin.into()),
                format!("scripts of its pages called{near}: {counted}"),
                "whoever runs that origin, or can put a script into its pages, acts for every client that visits it: whose is it?",
                seen,
            );
        }
    }

    fn paths(&mut self, site: &str, tally: &SiteTally, permits: bool) {
        let machine = |path: &PathTally| path.programs.requests > 0 && path.pages == 0 && !tally.overflow;
        // Directories of which all that was seen are programs.
        let mut directories: BTreeMap<&str, Vec<&PathTally>> = BTreeMap::new();
        for (path, seen) in tally.paths.iter().filter(|(_, seen)| machine(seen)) {
            directories.entry(directory(path)).or_default().push(seen);
        }
        directories.retain(|directory, seen| {
            let inside = |path: &String| path.starts_with(*directory);
            *directory != "/"
                && seen.len() >= MIN_SIBLINGS
                && seen.iter().zip(seen.iter().skip(1)).all(|(one, next)| one.route == next.route)
                && !tally.paths.iter().any(|(path, seen)| inside(path) && !machine(seen))
        });
        let rests_on = if permits {
            "no page was seen there"
        } else {
            "this log has no permits (log.access), so that pages would not be seen"
        };
        for (directory, seen) in &directories {
            let mut all = Seen::default();
            seen.iter().for_each(|path| all.merge(&path.programs));
            let why =
                format!("{} of programs for {} below it; {rests_on}", times(all.requests), many(seen.len(), "path"));
            let method = method(seen.first().copied());
            self.route(site, directory, "machine", method, why, &all);
        }
        for (path, seen) in &tally.paths {
            let grouped = directories.keys().any(|directory| path.starts_with(directory));
            if seen.programs.requests > 0 && !grouped {
                let audience = if machine(seen) { "machine" } else { "any" };
                let pages = if seen.pages > 0 { "pages use it too" } else { rests_on };
                let why = format!("{} of programs; {pages}", times(seen.programs.requests));
                self.route(site, path, audience, method(Some(seen)), why, &seen.programs);
            }
            if seen.unmarked.requests > 0 {
                let text = format!(
                    "{} for {path:?} that look like a program's, and bear no marker that pages cannot send: have it send Countersign-Client: NAME, or a content type such as application/json",
                    times(seen.unmarked.requests)
                );
                self.doubt(site, false, text, &seen.unmarked);
            }
            self.anonymous(site, path, seen);
        }
    }

    fn route(&mut self, site: &str, path: &str, audience: &'static str, method: String, why: String, seen: &Seen) {
        let look = if audience == "machine" {
            "pages of the site cannot call it then: is it for programs alone?"
        } else {
            "it stays open to pages of the site, and to programs beside them"
        };
        self.propose(site, Change::Route { path: path.into(), audience, method }, why, look, seen);
    }

    fn anonymous(&mut self, site: &str, path: &str, tally: &PathTally) {
        let seen = &tally.anonymous;
        if seen.requests == 0 {
            return;
        }
        let read_only = tally.methods.iter().all(|method| matches!(method.as_str(), "GET" | "HEAD"));
        if read_only && tally.known == 0 && seen.requests >= MIN_ANONYMOUS {
            self.propose(
                site,
                Change::Anonymous { path: path.into() },
                format!("{}, to read, and none with a certificate", times(seen.requests)),
                "whoever can reach the site can read it then: is it a health check, or a public page?",
                seen,
            );
        } else {
            let text = format!("{} for {path:?} without a certificate, where clients have one", times(seen.requests));
            self.doubt(site, false, text, seen);
        }
    }

    fn propose(&mut self, site: &str, change: Change, why: String, look: &'static str, seen: &Seen) {
        let (requests, samples) = (seen.requests, seen.samples.clone());
        self.proposals.push(Proposal { site: site.into(), change, why, look, requests, samples });
    }

    fn doubt(&mut self, site: &str, attack: bool, text: String, seen: &Seen) {
        let (requests, samples) = (seen.requests, seen.samples.clone());
        self.doubts.push(Doubt { site: site.into(), attack, text, requests, samples });
    }
}

/// With its slash.
fn directory(path: &str) -> &str {
    path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or("/")
}

fn method(path: Option<&PathTally>) -> String {
    let methods = path.map(|path| path.methods.iter()).into_iter().flatten();
    let unsafe_one = methods.clone().find(|method| !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS"));
    unsafe_one.or(methods.clone().next()).cloned().unwrap_or_else(|| "POST".into())
}

fn times(requests: u64) -> String {
    format!("{requests} request{}", if requests == 1 { "" } else { "s" })
}

fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

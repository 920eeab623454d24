//! Which paths lead from the leaf to an anchor, by names alone.
//!
//! Names are compared as the bytes that were signed, which RFC 5280 section 7.1 allows and which
//! cannot be looser than comparing them as texts. Nothing is believed here: each path is judged
//! afterwards. The search is bounded, because the client chooses what it sends: each certificate
//! occurs once in a path, no subject and key occur twice (a loop), and both the paths and the steps
//! taken are counted.

use super::Anchor;
use crate::certificate::Raw;

/// More CAs than any trust allows (`max_depth` is at most 6), so that a chain which is too long is
/// told from one that leads nowhere.
const MAX_CAS: usize = 8;
/// Cross-signed CAs and renewed keys give a handful; more is made to cost time.
const MAX_PATHS: usize = 32;
const MAX_STEPS: usize = 1_000;

/// CAs as positions in what was presented, the leaf's issuer first, and the anchor's position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) cas: Vec<usize>,
    pub(super) anchor: usize,
}

/// What the search found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) paths: Vec<Path>,
    /// The search was cut short: there are more paths, or longer ones.
    pub(super) cut: bool,
    /// The CAs of the longest way that led nowhere.
    pub(super) dead_end: Vec<usize>,
    steps: usize,
}

/// All paths, direct ones first.
pub(super) fn find(leaf: &Raw<'_>, presented: &[Option<Raw<'_>>], anchors: &[Anchor]) -> Found {
    let mut found = Found::default();
    let mut way = Vec::new();
    walk(leaf, leaf, presented, anchors, &mut way, &mut found);
    found.paths.sort_by_key(|path| path.cas.len());
    found
}

fn walk(
    leaf: &Raw<'_>,
    child: &Raw<'_>,
    presented: &[Option<Raw<'_>>],
    anchors: &[Anchor],
    way: &mut Vec<usize>,
    found: &mut Found,
) {
    found.steps += 1;
    if found.steps > MAX_STEPS || found.paths.len() >= MAX_PATHS {
        found.cut = true;
        return;
    }
    let mut leads_on = false;
    for (position, anchor) in anchors.iter().enumerate() {
        if anchor.raw.subject == child.issuer {
            leads_on = true;
            found.paths.push(Path { cas: way.clone(), anchor: position });
        }
    }
    for (position, ca) in presented.iter().enumerate() {
        let Some(ca) = ca else { continue };
        let same = |other: &Raw<'_>| other.subject == ca.subject && other.spki == ca.spki;
        let on_the_way = |at: &usize| presented.get(*at).and_then(Option::as_ref).is_some_and(same);
        if ca.subject != child.issuer || same(leaf) || way.iter().any(on_the_way) {
            continue;
        }
        // The anchor itself, sent along: the path ends there already.
        if anchors.iter().any(|anchor| same(&anchor.raw)) {
            continue;
        }
        if way.len() == MAX_CAS {
            found.cut = true;
            return;
        }
        leads_on = true;
        way.push(position);
        walk(leaf, ca, presented, anchors, way, found);
        way.pop();
    }
    if !leads_on && way.len() >= found.dead_end.len() {
        found.dead_end.clone_from(way);
    }
}

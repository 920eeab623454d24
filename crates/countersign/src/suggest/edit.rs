//! Proposals written into a configuration, beside everything that stands there.
//!
//! Nothing is reformatted: lines are put into the text at places that the TOML parser names. A new route
//! takes over what the route holds under which its path falls now (trust, `allow`, methods, an API key,
//! `report_only`), so that it is never wider than that but for what its comment says. Whatever cannot be
//! taken over is left to the person; the caller has the result checked before it shows it.

use std::ops::Range;

use countersign_core::{Audience, Origin, Route};
use countersign_gateway::SiteSettings;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::proposal::{Change, Proposal};
use crate::config::Config;

/// What came of one proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Placed {
    /// Written.
    Yes,
    /// There is nothing to do any more.
    Done,
    /// It has to be written by hand, and why.
    ByHand(String),
}

/// The text with the proposals in it, and what became of each.
pub(super) fn apply(text: &str, config: &Config, proposals: &[Proposal]) -> (String, Vec<Placed>) {
    let mut edits = Edits { text, list: Vec::new() };
    let (root, _) = DeTable::parse_recoverable(text);
    let placed: Vec<Placed> = proposals
        .iter()
        .map(|proposal| edits.place(root.get_ref(), config, proposal).unwrap_or_else(|why| Placed::ByHand(why.into())))
        .collect();
    (edits.finish(root.get_ref(), config), placed)
}

struct Edits<'t> {
    text: &'t str,
    list: Vec<(usize, String)>,
}

impl Edits<'_> {
    fn place(&mut self, root: &DeTable<'_>, config: &Config, proposal: &Proposal) -> Result<Placed, &'static str> {
        let sites = &config.settings.sites;
        let at =
            sites.iter().position(|site| site.policy.name() == proposal.site).ok_or("no such site is configured")?;
        let (site, table) =
            (sites.get(at).ok_or("")?, site_table(root, at).ok_or("the site is written in another way")?);
        match &proposal.change {
            Change::TrustedOrigin(origin) => self.origin(table, site, origin, proposal),
            Change::Route { path, audience, method } => {
                let extra = Extra { path, audience: Some(audience), optional: false };
                self.route(table, site, method, &extra, proposal)
            }
            Change::Anonymous { path } => {
                let extra = Extra { path, audience: None, optional: true };
                self.route(table, site, "GET", &extra, proposal)
            }
        }
    }

    fn origin(
        &mut self,
        table: &DeTable<'_>,
        site: &SiteSettings,
        origin: &str,
        proposal: &Proposal,
    ) -> Result<Placed, &'static str> {
        let parsed = Origin::parse(origin.as_bytes()).map_err(|_| "it is no origin")?;
        if site.policy.trusted_origins.iter().any(|trusted| trusted.matches(&parsed)) {
            return Ok(Placed::Done);
        }
        let comment = comment(proposal);
        match get(table, "trusted_origins") {
            None => {
                // After the hosts, which every site has.
                let hosts = get(table, "hosts").ok_or("the site is written in another way")?.span();
                let end = self.line_end(hosts.end);
                let started = |line: &str| line.starts_with("trusted_origins");
                match self.list.iter_mut().find(|(at, line)| *at == end && line.lines().any(started)) {
                    Some((_, line)) => {
                        let lines = format!("{comment}    {origin:?},\n]\n");
                        line.truncate(line.len() - 2);
                        line.push_str(&lines);
                    }
                    None => self.list.push((end, format!("trusted_origins = [\n{comment}    {origin:?},\n]\n"))),
                }
            }
            Some(value) => {
                let items = value.get_ref().as_array().ok_or("trusted_origins is written in another way")?;
                let entry = format!("\n{comment}    {origin:?}");
                match items.iter().next_back() {
                    Some(last) => self.list.push((last.span().end, format!(",{entry}"))),
                    None => self.list.push((value.span().start + 1, format!("{entry},\n"))),
                }
            }
        }
        Ok(Placed::Yes)
    }

    fn route(
        &mut self,
        table: &DeTable<'_>,
        site: &SiteSettings,
        method: &str,
        new: &Extra<'_>,
        proposal: &Proposal,
    ) -> Result<Placed, &'static str> {
        let routes = &site.policy.routes;
        let found = routes.find(new.path, method).map_err(|_| "no route takes such a request")?;
        let done = match new.audience {
            Some(_) => found.audience != Audience::Browser,
            None => found.client == Some(countersign_core::ClientMode::Optional),
        };
        if done {
            return Ok(Placed::Done);
        }
        let own = get(table, "route").and_then(|value| value.get_ref().as_array());
        let index = routes.iter().position(|route| std::ptr::eq(route, found));
        let parent = match own {
            Some(list) => list.get(index.unwrap_or(usize::MAX)).and_then(|value| value.get_ref().as_table()),
            None => None,
        };
        if own.is_some() && parent.is_none() {
            return Err("its route is written in another way");
        }
        if *found.path == *new.path {
            return self.own_route(parent, found, new, proposal);
        }
        let mut block = comment(proposal) + "[[site.route]]\n" + &line("path", &quoted(new.path));
        for (name, value) in parent.into_iter().flatten() {
            let name: &str = name.get_ref();
            let replaced = match name {
                "path" | "audience" => true,
                "token" => new.audience == Some("machine"),
                "client" | "methods" => new.optional,
                _ => false,
            };
            if !replaced {
                block += &line(name, self.source(value.span()).ok_or("its route has tables of their own below it")?);
            }
        }
        if let Some(audience) = new.audience {
            block += &line("audience", &quoted(audience));
        }
        if new.optional {
            let trust = site.trusts.get(usize::from(found.trust.0)).ok_or("no certificate is asked for")?.name();
            block += &line("methods", "[\"GET\"]");
            block += &line("client", &format!("{{ trust = {}, mode = \"optional\" }}", quoted(trust)));
        }
        let end = self.end_of_site(table)?;
        self.list.push((end, format!("{block}\n")));
        Ok(Placed::Yes)
    }

    /// Its path has a route: programs are let in beside the pages that it is for.
    fn own_route(
        &mut self,
        parent: Option<&DeTable<'_>>,
        found: &Route,
        new: &Extra<'_>,
        proposal: &Proposal,
    ) -> Result<Placed, &'static str> {
        let table = parent.ok_or("the site has no route of its own")?;
        let path = get(table, "path").ok_or("its route is written in another way")?.span();
        if new.audience.is_none() || found.methods.is_some() && new.optional {
            return Err("its route is there already: give it client = { mode = \"optional\" } if that is meant");
        }
        match get(table, "audience") {
            Some(_) => return Err("its route is there already: write audience = \"any\" if that is meant"),
            None => {
                let end = self.line_end(path.end);
                self.list.push((end, comment(proposal) + &line("audience", "\"any\"")));
            }
        }
        Ok(Placed::Yes)
    }

    /// A value as it is written, if it stands behind its key.
    fn source(&self, span: Range<usize>) -> Option<&str> {
        let value = self.text.get(span)?;
        (!value.starts_with("[[") && !is_header(value)).then_some(value)
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    /// Before the next header that is not of this site.
    fn end_of_site(&self, table: &DeTable<'_>) -> Result<usize, &'static str> {
        let mut at = self.line_end(get(table, "hosts").ok_or("the site is written in another way")?.span().end);
        while let Some(line) = self.text.get(at..).and_then(|rest| rest.lines().next()) {
            let trimmed = line.trim_start();
            if trimmed.starts_with('[') && !trimmed.starts_with("[[site.") && !trimmed.starts_with("[site.") {
                break;
            }
            at = self.line_end(at);
        }
        Ok(at)
    }

    fn finish(mut self, root: &DeTable<'_>, config: &Config) -> String {
        // A site without routes has one for everything, which the first of its own would end.
        for (index, _) in config.settings.sites.iter().enumerate() {
            let Some(table) = site_table(root, index).filter(|table| get(table, "route").is_none()) else { continue };
            let Ok(end) = self.end_of_site(table) else { continue };
            if let Some(at) = self.list.iter().position(|(at, text)| *at == end && text.contains("[[site.route]]")) {
                self.list
                    .insert(at, (end, "# what the site had without routes\n[[site.route]]\npath = \"/\"\n\n".into()));
            }
        }
        self.list.sort_by_key(|(at, _)| *at);
        let mut out = String::new();
        let mut done = 0;
        for (at, new) in &self.list {
            out.push_str(self.text.get(done..*at).unwrap_or_default());
            let whole_lines = new.starts_with(['#', '[', 't']);
            if whole_lines && !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            if new.contains("[[site.route]]") && !out.ends_with("\n\n") {
                out.push('\n');
            }
            out.push_str(new);
            done = *at;
        }
        out.push_str(self.text.get(done..).unwrap_or_default());
        out
    }
}

/// What is new about a route.
struct Extra<'p> {
    path: &'p str,
    audience: Option<&'p str>,
    optional: bool,
}

fn site_table<'d>(root: &'d DeTable<'d>, index: usize) -> Option<&'d DeTable<'d>> {
    get(root, "site")?.get_ref().as_array()?.get(index)?.get_ref().as_table()
}

fn get<'d>(table: &'d DeTable<'d>, name: &str) -> Option<&'d Spanned<DeValue<'d>>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

fn is_header(value: &str) -> bool {
    // `[site.route.client]`, as opposed to `["GET"]`.
    value.starts_with('[') && value.get(1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
}

fn line(name: &str, value: &str) -> String {
    format!("{name} = {value}\n")
}

/// A basic string of TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

/// What it rests on, so that a review sees it; one line each.
pub(super) fn comment(proposal: &Proposal) -> String {
    let samples = proposal.samples.join(", ");
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    format!(
        "# countersign suggest: {}\n# look: {}\n# requests: {}\n",
        plain(&proposal.why),
        proposal.look,
        plain(&samples)
    )
}

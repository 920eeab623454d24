//! `countersign explain`: what the gateway would decide about one request, rule by rule.
//!
//! Nothing is sent. The request comes from flags as curl has them; the site from a configuration,
//! or one is made up for the host of the URL. The decision is the gateway's: the same functions
//! judge chain, head and intent.

mod answer;
mod asked;
mod curl;
mod har;
mod logged;
mod peers;
mod place;
mod token;
mod who;

use std::path::PathBuf;

use countersign_core::{Decision, Head, HeadBuilder, Refusal, Step, Target, Trace, UnixTime, Verdict, decide};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use self::{asked::Asked, place::Place, who::Who};
use crate::{
    check,
    diagnostic::Problems,
    report::{Format, Report},
};

/// What `countersign explain` is told. `-X`, `-H` and `-d` are curl's.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ExplainArgs {
    /// The URL of the request
    #[arg(value_name = "URL", required_unless_present_any = ["url_flag", "curl", "har", "log"])]
    pub url: Option<String>,
    /// A curl command, as pasted; "-" reads it from standard input. Nothing of it is run
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["url", "url_flag", "har", "log"])]
    pub curl: Option<String>,
    /// A HAR file, as a browser's developer tools save it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "url_flag", "log"])]
    pub har: Option<PathBuf>,
    /// The entry of --har, from 1
    #[arg(long, value_name = "N", requires = "har")]
    pub entry: Option<usize>,
    /// The entry of --har whose URL has this in it
    #[arg(long, value_name = "TEXT", requires = "har")]
    pub url_contains: Option<String>,
    /// A logged decision: a line, a log file, or "-" for standard input
    #[arg(long, value_name = "LOG", conflicts_with_all = ["url", "url_flag"])]
    pub log: Option<String>,
    /// The decision of --log about this request
    #[arg(long, value_name = "ID", requires = "log")]
    pub request_id: Option<String>,
    /// The URL of the request
    #[arg(long = "url", value_name = "URL", conflicts_with = "url", id = "url_flag")]
    pub url_flag: Option<String>,
    /// Its method; GET, or POST with --data
    #[arg(short = 'X', long, visible_alias = "request")]
    pub method: Option<String>,
    /// A header, "Name: value"; may be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub headers: Vec<String>,
    /// A body: makes it a POST of application/x-www-form-urlencoded, unless a header says what it is
    #[arg(short, long)]
    pub data: Option<String>,
    /// The client's certificate chain, a PEM file, judged by the site's trust or by --ca
    #[arg(long, value_name = "FILE", conflicts_with = "client")]
    pub cert: Option<PathBuf>,
    /// CAs that judge --cert, when there is no configuration
    #[arg(long, value_name = "FILE", conflicts_with = "config", requires = "cert")]
    pub ca: Option<PathBuf>,
    /// Who the client is, unjudged: none, verified, or a subject such as "CN=alice"
    #[arg(long, value_name = "WHO")]
    pub client: Option<String>,
    /// A further name of --client: "email:alice@example.com"; dns, email, uri, ip or upn
    #[arg(long = "san", value_name = "TYPE:NAME", requires = "client")]
    pub sans: Vec<String>,
    /// Decide by this configuration
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Without a configuration: who may call the route: browser, machine or any
    #[arg(long, value_name = "AUDIENCE", conflicts_with = "config")]
    pub audience: Option<String>,
    /// Without a configuration: which token the route asks for: off or django. It is looked for in
    /// --data and the headers; cookies are taken as the app would see them, unsealed
    #[arg(long, value_name = "TOKEN", conflicts_with = "config")]
    pub token: Option<String>,
    /// Without a configuration: an origin whose pages are trusted; may be repeated
    #[arg(long = "trusted-origin", value_name = "ORIGIN", conflicts_with = "config")]
    pub trusted_origins: Vec<String>,
    /// Decide as if it were this time, 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Why there is nothing to explain.
enum Unclear {
    /// The command line is wrong.
    Usage(String),
    /// The configuration is refused.
    Config(Problems),
}

impl From<String> for Unclear {
    fn from(message: String) -> Self {
        Self::Usage(message)
    }
}

/// What was decided, and on what way.
struct Explained<'s> {
    steps: Vec<Step>,
    /// `path` of the route.
    route: Option<&'s countersign_core::Route>,
    verdict: Result<Verdict<'s>, Refusal>,
}

/// Explains one request at this time. Exit code 0: it would be permitted; 1: refused; 2: usage.
#[must_use]
pub fn run(args: &ExplainArgs, now: UnixTime) -> Report {
    match explain(args, now) {
        Ok(report) => report,
        Err(Unclear::Usage(message)) => Report::usage(message),
        Err(Unclear::Config(problems)) => check::answer(&Err(problems), args.format),
    }
}

fn explain(args: &ExplainArgs, now: UnixTime) -> Result<Report, Unclear> {
    if let Some(log) = &args.log {
        return logged::explain(&logged::text(log)?, args.request_id.as_deref(), args.format);
    }
    let pasted = match (&args.curl, &args.har) {
        (Some(command), _) if command == "-" => {
            let read = std::io::read_to_string(std::io::stdin());
            Some(curl::args(&read.map_err(|error| format!("cannot read the curl command: {error}"))?, args)?)
        }
        (Some(command), _) => Some(curl::args(command, args)?),
        (None, Some(har)) => Some(har::args(har, args)?),
        (None, None) => None,
    };
    let args = pasted.as_ref().unwrap_or(args);
    let at = args.at.as_deref().map_or(Ok(now), time)?;
    let asked = Asked::of(args)?;
    // A gateway that started now would meet the request then.
    let place = Place::of(args, &asked, now)?;
    let Some(site) = place.site() else { return Ok(answer::nobody(&asked, &place, args.format)) };
    let who = Who::of(args, &place, at)?;
    let explained = decided(&asked, &place, site, &who, at);
    Ok(answer::report(&asked, &place, &who, &explained, args.format))
}

/// What the gateway does with a head, apart from the bytes on the wire.
fn decided<'s>(
    asked: &Asked,
    place: &Place,
    site: &'s countersign_core::Site,
    who: &Who,
    now: UnixTime,
) -> Explained<'s> {
    let mut trace = Trace::default();
    match head(asked, site) {
        Err(refusal) => Explained { steps: Vec::new(), route: None, verdict: Err(refusal) },
        Ok(head) => {
            let Decision { route, verdict, .. } = decide(site, &head, who, now, &mut trace);
            let verdict = match verdict {
                Verdict::Pending(pending) => token::judged(pending, asked, place.app_port(), &mut trace),
                other => other,
            };
            Explained { steps: trace.0, route, verdict: Ok(verdict) }
        }
    }
}

fn head<'a>(asked: &'a Asked, site: &'a countersign_core::Site) -> Result<Head<'a>, Refusal> {
    let target = Target { path: &asked.path, query: asked.query.as_deref(), ..Target::default() };
    let mut builder = HeadBuilder::new(&asked.method, target).keeping(site.routes.api_key_headers());
    for (name, value) in &asked.fields {
        builder.field(name, value.as_bytes());
    }
    builder.finish()
}

fn time(text: &str) -> Result<UnixTime, Unclear> {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(time) => Ok(UnixTime(time.unix_timestamp())),
        Err(_) => Err(format!("invalid time {text:?}: write it as 2027-01-31T12:00:00Z").into()),
    }
}

#[cfg(test)]
mod tests;

//! What a request says of where it came from, for people who decide about a policy: the log of what
//! `report_only` let through, and `countersign suggest`, which reads it.
//!
//! Invariant: none of it is a secret. Of `Referer` only the origin is kept, since its path and query may
//! hold tokens; of cookies nothing; every value is cut and escaped as those of a [`Refusal`] are.

use crate::{Head, Origin, Reason, Refusal, rules::machine, trace::Silent, verdict::shown};

/// The evidence of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// `Origin`
    pub origin: Option<Box<str>>,
    /// `Sec-Fetch-Site`
    pub sec_fetch_site: Option<Box<str>>,
    /// `Sec-Fetch-Mode`
    pub sec_fetch_mode: Option<Box<str>>,
    /// The origin of `Referer`; `malformed` if it has none.
    pub referer_origin: Option<Box<str>>,
    /// Why a route for programs (`audience = "machine"`) without an API key would refuse it; none: it would not.
    pub not_a_program: Option<Reason>,
}

impl Provenance {
    /// What this head says.
    #[must_use]
    pub fn of(head: &Head<'_>) -> Self {
        let fields = head.fields();
        let text = |value: Option<&[u8]>| value.map(shown);
        let referer = |raw| Origin::of_url(raw).map_or_else(|_| "malformed".into(), |origin| origin.to_string().into());
        Self {
            origin: text(fields.origin),
            sec_fetch_site: text(fields.sec_fetch_site),
            sec_fetch_mode: text(fields.sec_fetch_mode),
            referer_origin: fields.referer.map(referer),
            not_a_program: machine::judge(head, None, &mut Silent).err().as_ref().map(Refusal::reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HeadBuilder, Target};

    fn seen(method: &str, fields: &[(&str, &str)]) -> Provenance {
        let mut builder = HeadBuilder::new(method, Target { path: "/", ..Target::default() });
        for (name, value) in [("host", "app.example.com")].iter().chain(fields) {
            builder.field(name, value.as_bytes());
        }
        Provenance::of(&builder.finish().unwrap())
    }

    #[test]
    fn a_referer_is_kept_without_its_path() {
        let of = |referer| seen("POST", &[("referer", referer)]).referer_origin.unwrap();
        assert_eq!(&*of("https://app.example.com/reset?token=SECRET"), "https://app.example.com");
        assert_eq!(&*of("https://user:SECRET@app.example.com/"), "malformed");
        assert_eq!(&*of("SECRET"), "malformed");
    }

    #[test]
    fn values_are_cut_and_escaped() {
        let origin = seen("POST", &[("origin", &"a\u{202e}".repeat(500))]).origin.unwrap();
        assert!(origin.len() < 2_000 && origin.is_ascii() | origin.ends_with('…') && !origin.contains('\u{202e}'));
    }

    #[test]
    fn a_program_is_one_by_the_rules_for_programs() {
        assert_eq!(seen("POST", &[("content-type", "application/json")]).not_a_program, None);
        assert_eq!(seen("POST", &[]).not_a_program, Some(Reason::MachineMarkerMissing));
        assert_eq!(seen("POST", &[("cookie", "a=b")]).not_a_program, Some(Reason::BrowserOnMachineRoute));
    }
}

//! When a certificate is valid.
//!
//! It starts an hour before it was made, for machines whose clock is behind, but not before its
//! CA. It ends with its CA at the latest: one that outlives its CA fails on a day that its own
//! dates do not tell, so a longer life is refused rather than cut.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

use super::{Deviations, Facts, PkiError};

const BACKDATED: Duration = Duration::from_secs(60 * 60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Start and end, both inclusive (RFC 5280, 4.1.2.5), in the form that the encoder takes.
pub(super) struct Validity {
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
}

impl Validity {
    /// `days` from `now`, within the life of `ca` if there is one above.
    pub(super) fn new(
        days: u32,
        now: SystemTime,
        ca: Option<&Facts>,
        deviations: &Deviations,
    ) -> Result<Self, PkiError> {
        let not_before = match (deviations.not_before, ca) {
            (Some(explicit), _) => explicit,
            (None, Some(ca)) => backdated(now)?.max(ca.not_before),
            (None, None) => backdated(now)?,
        };
        let not_after = match (deviations.not_after, ca) {
            (Some(explicit), _) => explicit,
            (None, ca) => {
                let end = DAY.checked_mul(days).and_then(|life| now.checked_add(life));
                let end = end.ok_or(PkiError::Clock)?;
                ca.map_or(Ok(()), |ca| within(ca, now, end))?;
                end
            }
        };
        Ok(Self { not_before: date(not_before)?, not_after: date(not_after)? })
    }
}

fn within(ca: &Facts, now: SystemTime, end: SystemTime) -> Result<(), PkiError> {
    let subject = || ca.subject.clone();
    if now < ca.not_before {
        return Err(PkiError::AuthorityNotYetValid { subject: subject(), from: ca.not_before() });
    }
    let Ok(left) = ca.not_after.duration_since(now) else {
        return Err(PkiError::AuthorityExpired { subject: subject(), since: ca.not_after() });
    };
    if end > ca.not_after {
        let days = left.as_secs() / DAY.as_secs();
        return Err(PkiError::OutlivesAuthority { subject: subject(), until: ca.not_after(), days });
    }
    Ok(())
}

fn backdated(now: SystemTime) -> Result<SystemTime, PkiError> {
    now.checked_sub(BACKDATED).ok_or(PkiError::Clock)
}

fn date(at: SystemTime) -> Result<OffsetDateTime, PkiError> {
    let seconds = at.duration_since(UNIX_EPOCH).map_err(|_| PkiError::Clock)?.as_secs();
    let seconds = i64::try_from(seconds).map_err(|_| PkiError::Clock)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| PkiError::Clock)
}

/// `at` as RFC 3339 writes it, in UTC.
pub(super) fn rfc3339(at: SystemTime) -> String {
    let format = time::format_description::well_known::Rfc3339;
    date(at).ok().and_then(|at| at.format(&format).ok()).unwrap_or_else(|| "an unknown time".to_owned())
}

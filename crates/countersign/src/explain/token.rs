//! The token of a request whose route asks for one: read from `--data`, as the gateway reads a body.

use countersign_core::{Pending, Trace, Verdict, token::Evidence};

use super::Asked;

pub(super) fn judged<'s>(
    mut pending: Pending<'s>,
    asked: &Asked,
    (name, header): (&str, &str),
    trace: &mut Trace,
) -> Verdict<'s> {
    let form = pending.take_form().map(|mut reader| {
        reader.push(asked.body.as_bytes())?;
        reader.finish()
    });
    let form = match form.transpose() {
        Ok(form) => form.flatten(),
        Err(error) => return pending.unreadable(error, trace),
    };
    let joined = |wanted: &str, with: &str| {
        let values: Vec<&str> =
            asked.fields.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(with).into_bytes())
    };
    let (cookie, header) = (joined("cookie", "; "), joined(header, ","));
    pending.with(
        &Evidence { cookie_name: name, cookie: cookie.as_deref(), header: header.as_deref(), form: form.as_deref() },
        trace,
    )
}

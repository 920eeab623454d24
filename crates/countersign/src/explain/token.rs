//! The token of a request whose route asks for one: read from `--data`, as the gateway reads a body.

use countersign_core::{
    Host, Pending, Trace, Verdict,
    django::Forwarded,
    form::{FormError, FormReader},
    token::Evidence,
};

use super::Asked;

pub(super) fn judged<'s>(
    mut pending: Pending<'s>,
    asked: &Asked,
    app_port: Option<u16>,
    trace: &mut Trace,
) -> Verdict<'s> {
    let form = match pending.take_form().map(|reader| read(*reader, asked)).transpose() {
        Ok(form) => form.flatten(),
        Err(error) => return pending.unreadable(error, trace),
    };
    let field = |wanted: &str| {
        let values: Vec<&str> =
            asked.fields.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(if wanted == "cookie" { "; " } else { "," }).into_bytes())
    };
    let host = asked.fields.iter().find(|(name, _)| name == "host").map_or("", |(_, host)| host);
    let port = Host::parse(host.as_bytes()).ok().and_then(|host| host.port()).unwrap_or(443);
    let meta = Forwarded { host, port, app_port, field };
    pending.with(&Evidence { meta: &meta, form: form.as_deref() }, trace)
}

/// The token of a form, if there is one that can be read.
pub(super) fn form(asked: &Asked) -> Option<Box<str>> {
    let content_type = asked.fields.iter().find(|(name, _)| name == "content-type")?;
    let reader = FormReader::new(Some(content_type.1.as_bytes())).ok()??;
    read(reader, asked).ok()?
}

fn read(mut reader: FormReader, asked: &Asked) -> Result<Option<Box<str>>, FormError> {
    reader.push(asked.body.as_bytes())?;
    reader.finish()
}

//! `django`: `SSL-Client-Cert-Subject`, which Django guides read as
//! `request.META["HTTP_SSL_CLIENT_CERT_SUBJECT"]`. The subject as RFC 4514 has it; absent without a
//! certificate.

use http::HeaderName;

use super::{Fields, IdentityFormat, distinguished_name::ascii};
use crate::VerifiedChain;

pub(super) const FORMAT: IdentityFormat = IdentityFormat {
    code: "django",
    about: "What Django guides read as `request.META[\"HTTP_SSL_CLIENT_CERT_SUBJECT\"]`. Absent for a client without \
            a certificate.",
    headers: &[("SSL-Client-Cert-Subject", "the subject (RFC 4514)")],
    stamp,
};

const SUBJECT: HeaderName = HeaderName::from_static("ssl-client-cert-subject");

fn stamp(chain: Option<&VerifiedChain>, fields: &mut Fields) {
    if let Some(chain) = chain {
        fields.put(SUBJECT, &ascii(&chain.identity().subject));
    }
}

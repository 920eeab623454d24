//! `django`: `SSL-Client-Cert-Subject`, which Django guides read as
//! `request.META["HTTP_SSL_CLIENT_CERT_SUBJECT"]`. The subject as RFC 4514 has it; absent without a
//! certificate.

use http::HeaderName;

use super::{Stamps, ascii, push};
use crate::VerifiedChain;

const SUBJECT: HeaderName = HeaderName::from_static("ssl-client-cert-subject");

pub(super) fn stamp(chain: Option<&VerifiedChain>, stamps: &mut Stamps) {
    if let Some(chain) = chain {
        push(stamps, SUBJECT, &ascii(&chain.identity().subject));
    }
}

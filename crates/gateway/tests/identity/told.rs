//! What the app should learn of a client, and the check that each format says exactly that.

use std::net::IpAddr;

use countersign_core::UnixTime;
use countersign_gateway::{FORMATS, VerifiedChain, identity_headers};

use crate::readers::{
    Attribute, Backslash, base64, byte_sequences, distinguished_name, pem, traefik_info, unquote, xfcc,
};

/// The truth about a client's chain, from where it was made.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) leaf: Vec<u8>,
    pub(crate) cas: Vec<Vec<u8>>,
    /// None: the value is hexadecimal, and only its form is checked.
    pub(crate) subject: Option<Vec<Vec<Attribute>>>,
    pub(crate) dns: Vec<String>,
    pub(crate) email: Vec<String>,
    pub(crate) uri: Vec<String>,
    pub(crate) ip: Vec<String>,
}

/// Every header of every format, each as if it were the only one.
pub(crate) fn headers(chain: Option<&VerifiedChain>) -> Vec<(String, String)> {
    let stamped: Vec<_> = FORMATS.iter().flat_map(|format| identity_headers(&[*format], chain).unwrap()).collect();
    let text = |value: &[u8]| {
        assert!(value.iter().all(|b| matches!(b, b' '..=b'~')), "not printable ASCII: {value:?}");
        String::from_utf8(value.to_vec()).unwrap()
    };
    stamped.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

impl Told {
    /// Reads all formats back.
    pub(crate) fn check(&self, chain: &VerifiedChain) {
        let headers = headers(Some(chain));
        let get = |name: &str| {
            let mut found =
                headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
            let first = found.next();
            assert_eq!(found.next(), None, "{name} twice");
            first
        };
        let need = |name: &str| get(name).unwrap_or_else(|| panic!("{name} is missing"));

        let leaf = std::slice::from_ref(&self.leaf);
        assert_eq!(byte_sequences(need("Client-Cert")), leaf);
        match get("Client-Cert-Chain") {
            Some(list) => assert_eq!(byte_sequences(list), self.cas),
            None => assert!(self.cas.len() != 1 && self.cas.len() != 2, "the chain fits"),
        }

        for reader in [Backslash::BeforeQuotes, Backslash::BeforeAnything] {
            self.check_xfcc(need("X-Forwarded-Client-Cert"), reader);
        }

        assert_eq!(need("X-SSL-Client-Verify"), "SUCCESS");
        self.check_name(need("X-SSL-Client-S-DN"));
        assert_eq!(pem(&unquote(need("X-SSL-Client-Cert"), false)), leaf);
        assert_eq!(pem(&unquote(need("X-SSL-Client-Cert"), true)), leaf);
        self.check_name(need("SSL-Client-Cert-Subject"));

        self.check_name(need("X-Amzn-Mtls-Clientcert-Subject"));
        assert_eq!(pem(&unquote(need("X-Amzn-Mtls-Clientcert-Leaf"), false)), leaf);
        let issuer = distinguished_name(need("X-Amzn-Mtls-Clientcert-Issuer"));
        assert_eq!(issuer, distinguished_name(need("X-SSL-Client-I-DN")));
        assert_eq!(need("X-Amzn-Mtls-Clientcert-Serial-Number"), need("X-SSL-Client-Serial"));
        let validity = need("X-Amzn-Mtls-Clientcert-Validity");
        let (from, until) = validity.strip_prefix("NotBefore=").unwrap().split_once(";NotAfter=").unwrap();
        let identity = chain.identity();
        assert_eq!([from, until], [identity.not_before.to_string(), identity.not_after.to_string()]);

        let certificates: Vec<_> = need("X-Forwarded-Tls-Client-Cert").split(',').map(base64).collect();
        assert_eq!(certificates[0], self.leaf);
        assert!(certificates[1..] == self.cas || (certificates.len() == 1 && self.cas.len() > 2));
        self.check_traefik(
            need("X-Forwarded-Tls-Client-Cert-Info"),
            [identity.not_before, identity.not_after],
            &issuer,
        );
    }

    fn check_name(&self, text: &str) {
        let read = distinguished_name(text);
        match &self.subject {
            Some(subject) => assert_eq!(&read, subject, "{text}"),
            None => assert!(read.iter().flatten().all(|(key, value)| key.contains('.') && value.starts_with(b"#"))),
        }
    }

    fn check_xfcc(&self, text: &str, reader: Backslash) {
        let elements = xfcc(text, reader);
        assert_eq!(elements.len(), 1, "{text}");
        let all = |key: &str| -> Vec<&str> {
            elements[0].iter().filter(|(k, _)| k == key).map(|(_, value)| value.as_str()).collect()
        };
        assert_eq!(all("Hash").len(), 1);
        assert_eq!(
            all("Cert").iter().map(|text| pem(&unquote(text, false))).collect::<Vec<_>>(),
            [[self.leaf.clone()]]
        );
        let with_cas: Vec<_> = [&self.leaf].into_iter().chain(&self.cas).cloned().collect();
        match all("Chain")[..] {
            [one] => assert_eq!(pem(&unquote(one, false)), with_cas),
            ref none => assert!(none.is_empty() && self.cas.len() > 2, "{none:?}"),
        }
        let subject = all("Subject");
        assert_eq!(subject.len(), 1);
        match reader {
            Backslash::BeforeQuotes => self.check_name(subject[0]),
            // Such a reader loses the escapes, but nothing else. Nothing became a field.
            Backslash::BeforeAnything => {}
        }
        // A name with a backslash is left out; every other one is there, whole and in order.
        let kept = |names: &[String]| names.iter().filter(|name| !name.contains('\\')).cloned().collect::<Vec<_>>();
        assert_eq!(all("URI"), kept(&self.uri), "{text}");
        assert_eq!(all("DNS"), kept(&self.dns), "{text}");
        let known = ["Hash", "Cert", "Chain", "Subject", "URI", "DNS"];
        assert!(elements[0].iter().all(|(key, _)| known.contains(&key.as_str())), "{text}");
    }

    fn check_traefik(&self, info: &str, [from, until]: [UnixTime; 2], issuer: &[Vec<Attribute>]) {
        let fields = traefik_info(info);
        let keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["Subject", "Issuer", "NB", "NA", "SAN"], "{info}");
        self.check_name(&fields[0].1);
        assert_eq!(distinguished_name(&fields[1].1), issuer);
        assert_eq!([&fields[2].1, &fields[3].1], [&from.0.to_string(), &until.0.to_string()]);
        let read: Vec<String> = match fields[4].1.as_str() {
            "" => vec![],
            list => list.split(',').map(|name| unquote(name, false)).collect(),
        };
        // By its shape alone a reader tells the type of each entry, and it is the true one.
        let of = |shape: fn(&str) -> bool| read.iter().filter(|name| shape(name)).cloned().collect::<Vec<_>>();
        let kept = |names: &[String], shape: fn(&str) -> bool| {
            names.iter().filter(|name| shape(name)).cloned().collect::<Vec<_>>()
        };
        for (names, shape) in
            [(&self.dns, is_dns as fn(&str) -> bool), (&self.email, is_email), (&self.uri, is_uri), (&self.ip, is_ip)]
        {
            assert_eq!(of(shape), kept(names, shape), "{info}");
        }
    }
}

fn is_ip(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok()
}

fn is_uri(name: &str) -> bool {
    !is_ip(name) && name.contains(':')
}

fn is_email(name: &str) -> bool {
    !is_ip(name) && !name.contains(':') && name.contains('@')
}

fn is_dns(name: &str) -> bool {
    !name.is_empty() && !is_ip(name) && !name.contains([':', '@'])
}

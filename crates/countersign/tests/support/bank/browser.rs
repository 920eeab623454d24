//! As much of a browser as the bank needs: a certificate, cookies, and the fields that pages send.

use std::collections::BTreeMap;

use super::Bank;
use crate::support::{Connection, HOST, ORIGIN, Response, pki};

/// A person with a certificate.
#[derive(Debug)]
pub(crate) struct Browser {
    connection: Connection,
    pub(crate) cookies: BTreeMap<String, String>,
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

impl Browser {
    /// `CN=name,O=Example`.
    pub(crate) fn of(name: &str, bank: &Bank) -> Self {
        Self { connection: bank.gateway.connect_as(pki::named(name)), cookies: BTreeMap::new() }
    }

    /// On a connection of its own, with the cookies of another one.
    pub(crate) fn with_cookies_of(other: &Self, name: &str, bank: &Bank) -> Self {
        Self { cookies: other.cookies.clone(), ..Self::of(name, bank) }
    }

    /// A form in two chunks.
    pub(crate) fn post_chunked(&mut self, path: &str, content_type: &str, body: &str) -> Response {
        let (first, second) = body.split_at(body.len() / 2);
        let chunks: String = [first, second, ""].map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).concat();
        let fields = format!(
            "Origin: {ORIGIN}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n"
        );
        self.request(&format!("POST {path}"), &fields, &chunks)
    }

    /// Begins a form of this length, and leaves the connection to the test.
    pub(crate) fn begin_post(mut self, path: &str, content_type: &str, length: usize, begun: &str) -> Connection {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nCookie: {}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n",
            cookies.join("; ")
        );
        self.connection.send(head + begun).unwrap();
        self.connection
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.request(&format!("GET {path}"), "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n", "")
    }

    /// A form or a script's request of the site's own page.
    pub(crate) fn post(&mut self, path: &str, content_type: &str, fields: &str, body: &str) -> Response {
        self.post_from(
            ORIGIN,
            path,
            &format!("Content-Type: {content_type}\r\nSec-Fetch-Site: same-origin\r\n{fields}"),
            body,
        )
    }

    /// The same from any page; the browser adds the cookies of the site all the same.
    pub(crate) fn post_from(&mut self, origin: &str, path: &str, fields: &str, body: &str) -> Response {
        let fields = format!("Origin: {origin}\r\n{fields}Content-Length: {}\r\n", body.len());
        self.request(&format!("POST {path}"), &fields, body)
    }

    fn request(&mut self, line: &str, fields: &str, body: &str) -> Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookie = if cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", cookies.join("; ")) };
        let response = self.connection.ask(&format!("{line} HTTP/1.1\r\nHost: {HOST}\r\n{cookie}{fields}\r\n{body}"));
        for set in response.all("set-cookie") {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.into(), value.into());
        }
        response
    }

    /// Opens the account page and takes the token of its form.
    pub(crate) fn form_token(&mut self) -> String {
        let page = self.get("/");
        page.assert_from_app();
        let text = page.text();
        let (_, rest) = text.split_once("name=\"csrfmiddlewaretoken\" value=\"").expect("no form");
        rest.split('"').next().unwrap().to_owned()
    }

    /// Whether the account page names this payee.
    pub(crate) fn has_paid(&mut self, payee: &str) -> bool {
        let page = self.get("/");
        page.assert_from_app();
        page.text().contains(payee)
    }
}

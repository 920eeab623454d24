//! `request.json`: copied to another request, sent again, or bound to none.

use countersign_assertion::RequestFacts;
use serde_json::json;

use super::{GET, POST, Token, claims_for, passes, step, vector};
use crate::{
    format::{Step, Vector},
    material::NOW,
};

fn numbered(request: &RequestFacts<'_>, jti: &str) -> Token {
    let mut claims = claims_for(request);
    claims["jti"] = json!(jti);
    Token::hs256(claims)
}

fn session(request: &RequestFacts<'_>) -> Token {
    let mut claims = claims_for(request);
    let members = claims.as_object_mut().unwrap();
    members.remove("jti");
    members.remove("req");
    Token::hs256(claims)
}

pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    let get = Token::hs256(claims_for(&GET));
    let other = "assertion-other-request";
    for (name, request, why) in [
        ("other-path", RequestFacts { path: "/orders/8", ..GET }, "copied to another path"),
        ("path-with-slash", RequestFacts { path: "/orders/7/", ..GET }, "another path to a router"),
        ("path-in-capitals", RequestFacts { path: "/Orders/7", ..GET }, "paths have a case"),
        ("path-prefix", RequestFacts { path: "/orders", ..GET }, "a part of the path"),
        ("other-host", RequestFacts { authority: "admin.example.com", ..GET }, "copied to another host"),
        ("other-port", RequestFacts { authority: "app.example.com:8443", ..GET }, "another port is another origin"),
        ("port-80", RequestFacts { authority: "app.example.com:80", ..GET }, "443 is the only port that is not told"),
        ("other-method", POST, "a link turned into a form"),
        ("head-for-get", RequestFacts { method: "HEAD", ..GET }, "another method"),
        ("lower-case-method", RequestFacts { method: "get", ..GET }, "methods have a case (RFC 9110 section 9.1)"),
        ("other-query", RequestFacts { query: "a=1&b=3", ..GET }, "another query"),
        ("query-in-another-order", RequestFacts { query: "b=2&a=1", ..GET }, "the query is bytes, not a set"),
        ("query-spelt-otherwise", RequestFacts { query: "a=%31&b=2", ..GET }, "the query is raw"),
        ("query-left-out", RequestFacts { query: "", ..GET }, "no query"),
        (
            "query-moved-into-path",
            RequestFacts { path: "/orders/7\na=1&b=2", query: "", ..GET },
            "the four parts do not run into each other",
        ),
        ("nothing", RequestFacts { method: "", authority: "", path: "", query: "" }, "a server that tells nothing"),
    ] {
        all.push(vector(name, why, vec![step(vec![get.text()], &request, other)]));
    }
    for (name, request, why) in [
        ("host-in-capitals", RequestFacts { authority: "App.Example.COM", ..GET }, "hosts have no case"),
        ("host-with-443", RequestFacts { authority: "app.example.com:443", ..GET }, "the default port"),
    ] {
        all.push(vector(name, why, vec![passes(&get, &request)]));
    }
    let spaced = RequestFacts { path: "/a b/café/\u{1f511};v=1", query: "q=%C3%A9+%20", ..GET };
    let token = Token::hs256(claims_for(&spaced));
    all.push(vector("path-beyond-ascii", "the path is decoded, the query is not", vec![passes(&token, &spaced)]));
    let encoded = RequestFacts { path: "/a%20b/caf%C3%A9/%F0%9F%94%91;v=1", ..spaced };
    all.push(vector(
        "path-not-decoded",
        "a server that does not decode sees another path",
        vec![step(vec![token.text()], &encoded, other)],
    ));
    let port = RequestFacts { authority: "app.example.com:8443", ..GET };
    all.push(vector(
        "with-a-port",
        "a port that is not 443 is told",
        vec![passes(&Token::hs256(claims_for(&port)), &port)],
    ));

    let post = numbered(&POST, "a1");
    let replayed = |token: &Token| step(vec![token.text()], &POST, "assertion-replayed");
    let later = |now, step| Step { now, ..step };
    all.extend([
        vector("post-twice", "an unsafe request counts once", vec![passes(&post, &POST), replayed(&post)]),
        vector(
            "post-again-at-its-end",
            "remembered as long as it lives",
            vec![passes(&post, &POST), later(NOW + 35, replayed(&post))],
        ),
        vector(
            "two-posts",
            "two requests have two ids",
            vec![passes(&post, &POST), passes(&numbered(&POST, "a2"), &POST)],
        ),
        vector(
            "get-twice",
            "a safe request changes nothing, and may be sent again",
            vec![passes(&get, &GET), passes(&get, &GET)],
        ),
        vector(
            "same-id-signed-anew",
            "it is the id that counts once, not the text",
            vec![passes(&post, &POST), {
                let mut claims = claims_for(&POST);
                claims["jti"] = json!("a1");
                claims["iat"] = json!(NOW - 1);
                replayed(&Token::hs256(claims))
            }],
        ),
        vector(
            "refused-is-not-used",
            "what is refused for another reason does not use up the id",
            vec![
                step(vec![post.text()], &RequestFacts { path: "/elsewhere", ..POST }, other),
                passes(&post, &POST),
                replayed(&post),
            ],
        ),
        vector(
            "too-late-is-not-replayed",
            "of several faults the first is told",
            vec![passes(&post, &POST), later(NOW + 36, step(vec![post.text()], &POST, "assertion-expired"))],
        ),
    ]);
    for method in ["PUT", "PATCH", "DELETE", "PROPFIND"] {
        let request = RequestFacts { method, ..POST };
        let token = numbered(&request, "b1");
        let name = format!("{}-twice", method.to_lowercase());
        all.push(vector(
            &name,
            "only GET, HEAD and OPTIONS are safe",
            vec![passes(&token, &request), step(vec![token.text()], &request, "assertion-replayed")],
        ));
    }

    let unbound = session(&POST);
    let allowed = |mut vector: Vector| {
        vector.verifier.session = true;
        vector
    };
    all.extend([
        vector(
            "session-not-allowed",
            "bound to no request, and the app was not told of it",
            vec![step(vec![unbound.text()], &POST, other)],
        ),
        allowed(vector(
            "session-allowed",
            "counts for its connection and half a minute",
            vec![passes(&unbound, &POST), passes(&unbound, &RequestFacts { path: "/elsewhere", ..POST })],
        )),
        allowed(vector(
            "session-expired",
            "and no longer",
            vec![later(NOW + 36, step(vec![unbound.text()], &POST, "assertion-expired"))],
        )),
        allowed(vector(
            "bound-where-session-is-allowed",
            "what is bound is checked all the same",
            vec![
                step(vec![post.text()], &RequestFacts { path: "/elsewhere", ..POST }, other),
                passes(&post, &POST),
                replayed(&post),
            ],
        )),
    ]);
    all
}

//! Bound cookies on the wire: what the app sees, what the browser gets, what is told of it.

use http::StatusCode;

use crate::support::{
    Config, Gateway, HOST, ORIGIN, Response, TlsClient, Upstream,
    command::output,
    patience::until,
    pki,
    websocket::{SWITCH, handshake},
};

const SETS: &str = "HTTP/1.1 200 OK\r\nSet-Cookie: sessionid=s3cret; Path=/; Domain=example.com\r\n\
                    Set-Cookie: csrftoken=t0ken\r\nSet-Cookie: theme=dark\r\nCache-Control: public\r\nContent-Length: 0\r\n\r\n";

fn get(cookie: &str, more: &str) -> String {
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{cookie}{more}\r\n")
}

/// `name=value` of a cookie that was set.
fn given(response: &Response, name: &str) -> String {
    let sets = response.all("set-cookie");
    let set = sets.iter().find(|set| set.starts_with(&format!("{name}="))).unwrap_or_else(|| panic!("{sets:?}"));
    set.split(';').next().unwrap().to_owned()
}

#[test]
fn sealed_on_the_way_out_and_opened_on_the_way_in() {
    let app = Upstream::answering(SETS);
    let gateway = Gateway::start(&Config::new(app.url()).admin());
    let mut alice = gateway.connect();
    let first = alice.ask(&get("", ""));
    assert_eq!(first.status, StatusCode::OK.as_u16());
    let (session, token) = (given(&first, "sessionid"), given(&first, "csrftoken"));
    assert!(session.starts_with("sessionid=cs1.") && !session.contains("s3cret"), "{session}");
    assert_eq!(
        first.all("set-cookie").iter().map(|set| set.split_once(';').unwrap().1).collect::<Vec<_>>(),
        [" Path=/; Secure; HttpOnly; SameSite=Lax", " Secure; SameSite=Lax", " Secure; SameSite=Lax"]
    );
    assert_eq!(first.header("cache-control"), Some("private"));

    let echo = token.strip_prefix("csrftoken=").unwrap();
    alice.ask(&get(&format!("a=1; {session}; {token}; b"), &format!("X-CSRFToken: {echo}\r\n")));
    let seen = app.last();
    assert_eq!(seen.header("cookie"), Some("a=1; sessionid=s3cret; csrftoken=t0ken; b"));
    assert_eq!(seen.header("x-csrftoken"), Some("t0ken"));

    // Under another certificate, and tossed in.
    let mut bob = gateway.connect_as(pki::bob());
    bob.ask(&get(&format!("{session}; a=1"), &format!("X-CSRFToken: {echo}\r\n")));
    let seen = app.last();
    assert_eq!((seen.header("cookie"), seen.header("x-csrftoken")), (Some("a=1"), None));
    alice.ask(&get("sessionid=tossed", ""));
    assert_eq!(app.last().header("cookie"), None);

    let event = gateway.log().event("a dropped cookie", |event| event["target"] == "countersign::cookies");
    let text = event.to_string();
    assert!(text.contains("foreign") && text.contains("sessionid") && !text.contains("cs1."), "{text}");
    assert!(!gateway.log().text().contains("cs1.") && !gateway.log().text().contains("s3cret"));
    let metrics = gateway.admin().get("/metrics").text();
    for line in ["result=\"foreign\"} 2", "result=\"unbound\"} 1", "result=\"opened\"} 3"] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[test]
fn two_that_open_are_refused() {
    let app = Upstream::answering(SETS);
    let other = Upstream::answering(SETS.replace("s3cret", "another"));
    let gateway = Gateway::start(&Config::new(app.url()));
    let one = given(&gateway.ask(&get("", "")), "sessionid");
    // The same gateway, its app gone on to another session.
    let text = Config::new(other.url()).text();
    gateway.replace("countersign.toml", text);
    gateway.reloaded(1);
    let two = given(&gateway.ask(&get("", "")), "sessionid");
    gateway.ask(&get(&format!("{one}; {two}"), "")).assert_refused(400, "cookie-duplicate");
    assert_eq!(other.requests().len(), 1);
}

#[test]
fn nobody_and_somebody() {
    let app = Upstream::answering(SETS);
    let gateway = Gateway::start(&Config::new(app.url()).mode("optional"));
    let anonymous = || TlsClient::new().connect(gateway.address);
    let (nobodys, alices) =
        (given(&anonymous().ask(&get("", "")), "sessionid"), given(&gateway.connect().ask(&get("", "")), "sessionid"));
    for (who, cookie, seen) in [
        (false, &nobodys, Some("sessionid=s3cret")),
        (true, &nobodys, None),
        (false, &alices, None),
        (true, &alices, Some("sessionid=s3cret")),
    ] {
        let mut connection = if who { gateway.connect() } else { anonymous() };
        connection.ask(&get(cookie, ""));
        assert_eq!(app.last().header("cookie"), seen, "{who} {cookie}");
    }
}

#[test]
fn values_from_before_until_a_date() {
    let app = Upstream::answering(SETS);
    for (date, seen) in [("2999-01-01", Some("sessionid=old")), ("2001-01-01", None)] {
        let gateway = Gateway::start(&Config::new(app.url()).site(&format!("accept_unbound_until = {date}")));
        gateway.ask(&get("sessionid=old", ""));
        assert_eq!(app.last().header("cookie"), seen, "{date}");
    }
    let gateway = Gateway::start(&Config::new(app.url()).site("bind_cookies = []"));
    let answer = gateway.ask(&get("sessionid=old", ""));
    assert_eq!(app.last().header("cookie"), Some("sessionid=old"));
    assert_eq!(given(&answer, "sessionid"), "sessionid=s3cret");
}

/// Rotation and restart are not noticed; a key that leaked is thrown out.
#[test]
fn keys() {
    let app = Upstream::answering(SETS);
    let gateway = Gateway::start(&Config::new(app.url()));
    let session = given(&gateway.ask(&get("", "")), "sessionid");
    let rotate = |gateway: &Gateway, more: &[&str]| {
        let config = gateway.dir().join("countersign.toml");
        let words = [&["key", "rotate", "--cookies", "-c", config.to_str().unwrap()], more].concat();
        let output = output(&words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let opens = |gateway: &Gateway| {
        gateway.ask(&get(&session, ""));
        app.last().header("cookie").is_some()
    };
    rotate(&gateway, &[]);
    gateway.reloaded(1);
    assert!(opens(&gateway));
    let gateway = Gateway::start_in(gateway.stop_and_keep());
    assert!(opens(&gateway));
    rotate(&gateway, &["--now"]);
    until("the new key", || (!opens(&gateway)).then_some(()));
}

#[test]
fn websockets_have_cookies_too() {
    let app = Upstream::with(|request, app| app.write(if request.target() == "/ws" { SWITCH } else { SETS }));
    let gateway = Gateway::start(&Config::new(app.url()));
    let session = given(&gateway.ask(&get("", "")), "sessionid");
    for (who, seen) in [(pki::alice(), Some("sessionid=s3cret")), (pki::bob(), None)] {
        let mut connection = gateway.connect_as(who);
        connection.send(handshake("/ws", &format!("Origin: {ORIGIN}\r\nCookie: {session}\r\n"))).unwrap();
        assert_eq!(connection.head().status, 101);
        assert_eq!(app.last().header("cookie"), seen);
    }
}

#[test]
fn a_prefix_that_the_app_knows_nothing_of() {
    let app = Upstream::answering(SETS);
    let gateway = Gateway::start(&Config::new(app.url()).site("cookies = { host_prefix = true }"));
    let session = given(&gateway.ask(&get("", "")), "__Host-sessionid");
    gateway.ask(&get(&format!("a=1; {session}"), ""));
    assert_eq!(app.last().header("cookie"), Some("a=1; sessionid=s3cret"));
    gateway.ask(&get("__Host-sessionid=tossed; sessionid=tossed", ""));
    assert_eq!(app.last().header("cookie"), None);
}

/// They are a file of their own, which no app reads, and a rotation of the one leaves the other alone.
#[test]
fn keys_of_cookies_and_of_assertions_are_told_apart() {
    use std::os::unix::fs::PermissionsExt;
    let app = Upstream::answering(SETS);
    let gateway = Gateway::start(&Config::new(app.url()));
    let config = gateway.dir().join("countersign.toml");
    let config = config.to_str().unwrap();
    let file = gateway.dir().join(format!("state/cookies/{HOST}.jwks"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let count = || {
        let list = output(&["key", "list", "-c", config, "--format", "json"]);
        let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
        ["sites", "cookies"].map(|what| list[what][0]["keys"].as_array().unwrap().len())
    };
    assert_eq!(count(), [1, 1]);
    assert!(output(&["key", "rotate", "-c", config, "--cookies"]).status.success());
    assert_eq!(count(), [1, 2]);
    assert!(output(&["key", "rotate", "-c", config]).status.success());
    assert_eq!(count(), [2, 2]);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let check = output(&["check", "-c", config]);
    assert_eq!(check.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&check.stderr).contains("open stolen cookies"));
}

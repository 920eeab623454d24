//! `token = "django"` in front of the example bank, an unmodified Django under WSGI and ASGI: honest
//! forms and scripts pay as before, and what its middleware would refuse does not reach it.

use crate::support::{
    bank::{
        Bank, Server,
        browser::{Browser, FORM},
    },
    patience::until,
};

fn bank(server: Server) -> Bank {
    Bank::start_behind(server, &[], |config| {
        config.limit("max_form_bytes = 65536").route("path = \"/\"\ntoken = \"django\"")
    })
}

const MULTIPART: &str = "multipart/form-data; boundary=XyZ";

fn multipart(token: &str, payee: &str, file: usize) -> String {
    let field = |name: &str, value: &str| {
        format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let head = "--XyZ\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.bin\"\r\n\r\n";
    let file = "\u{e9}\r\n--Xy".repeat(file / 8);
    let token = field("csrfmiddlewaretoken", token);
    format!("{token}{}{}{head}{file}\r\n--XyZ--\r\n", field("payee", payee), field("amount", "1.25"))
}

fn honest(server: Server) {
    let bank = bank(server);
    let mut browser = Browser::of("token-honest", &bank);
    let token = browser.form_token();
    let pay = |browser: &mut Browser, content_type: &str, body: &str, payee: &str| {
        let answer = browser.post("/transfer", content_type, "", body);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{payee}: {}", answer.text());
        assert!(browser.has_paid(payee), "{payee}");
    };
    pay(&mut browser, FORM, &format!("csrfmiddlewaretoken={token}&payee=plain&amount=1"), "plain");
    let twice = format!("csrfmiddlewaretoken=x&payee=twice&amount=1&csrfmiddlewaretoke%6e={token}");
    pay(&mut browser, FORM, &twice, "twice");
    pay(&mut browser, MULTIPART, &multipart(&token, "with-file", 2_000), "with-file");
    pay(&mut browser, MULTIPART, &multipart(&token, "with-large-file", 900_000), "with-large-file");
    // Without a length a WSGI server would show Django an empty form.
    let chunked = format!("csrfmiddlewaretoken={token}&payee=chunked&amount=1");
    let answer = browser.post_chunked("/transfer", FORM, &chunked);
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(browser.has_paid("chunked"));
    let script = format!("X-CSRFToken: {}\r\n", browser.cookies["csrftoken"]);
    let json = r#"{"payee": "by-script", "amount": "2"}"#;
    let answer = browser.post("/api/transfer", "application/json", &script, json);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn refused(server: Server) {
    let bank = bank(server);
    let mut other = Browser::of("token-other", &bank);
    let foreign = other.form_token();
    let mut browser = Browser::of("token-refused", &bank);
    let token = browser.form_token();
    let json = r#"{"payee": "evil-payee", "amount": "2"}"#;
    let form = |token: &str| format!("csrfmiddlewaretoken={token}&payee=evil-payee&amount=1");
    for (path, content_type, body, reason) in [
        ("/transfer", FORM, form(&foreign), "csrf-token-incorrect"),
        ("/transfer", FORM, form(&token) + "&csrfmiddlewaretoken=x", "csrf-token-malformed"),
        ("/transfer", FORM, "payee=evil-payee&amount=1".into(), "csrf-token-missing"),
        ("/transfer", MULTIPART, multipart(&foreign, "evil-payee", 900), "csrf-token-incorrect"),
        ("/transfer", MULTIPART, multipart(&token, "evil-payee", 900).replace('\r', ""), "csrf-token-missing"),
        ("/api/transfer", "application/json", json.into(), "csrf-token-missing"),
    ] {
        let answer = browser.post(path, content_type, "", &body);
        answer.assert_refused(403, reason);
    }
    let cookies = std::mem::take(&mut browser.cookies);
    browser.post("/transfer", FORM, "", &form(&token)).assert_refused(403, "csrf-cookie-missing");
    browser.cookies = cookies;
    // Django itself refused nothing: it was never asked.
    assert!(!bank.said().contains("CSRF"), "{}", bank.said());
    // A second token behind a large file: the request ends before Django sees it, and is none.
    let late = multipart(&token, "evil-payee", 900_000).replace(
        "--XyZ--",
        &format!("--XyZ\r\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"\r\n\r\n{foreign}\r\n--XyZ--"),
    );
    Browser::with_cookies_of(&browser, "token-refused", &bank)
        .post("/transfer", MULTIPART, "", &late)
        .assert_refused(400, "csrf-form-malformed");
    let mut again = Browser::of("token-refused", &bank);
    assert!(!again.has_paid("evil-payee"));
    until("the refusals in the log", || (bank.gateway.log().text().matches("csrf-token-").count() >= 6).then_some(()));
}

/// gunicorn takes the end of a connection for the end of a body: it is reset instead.
fn half_a_form(server: Server) {
    let bank = bank(server);
    let mut browser = Browser::of("token-half", &bank);
    let token = browser.form_token();
    let body = multipart(&token, "half-payee", 900_000);
    let half = &body[..body.len() / 2];
    browser.begin_post("/transfer", MULTIPART, body.len(), half).cut();
    bank.gateway.decision("body-malformed");
    assert!(!Browser::of("token-half", &bank).has_paid("half-payee"));
}

#[test]
fn half_a_form_is_none_under_wsgi() {
    half_a_form(Server::Gunicorn);
}

#[test]
fn half_a_form_is_none_under_asgi() {
    half_a_form(Server::Uvicorn);
}

#[test]
fn honest_people_notice_nothing_under_wsgi() {
    honest(Server::Gunicorn);
}

#[test]
fn honest_people_notice_nothing_under_asgi() {
    honest(Server::Uvicorn);
}

#[test]
fn forged_tokens_do_not_reach_wsgi() {
    refused(Server::Gunicorn);
}

#[test]
fn forged_tokens_do_not_reach_asgi() {
    refused(Server::Uvicorn);
}

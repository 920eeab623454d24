//! What bound cookies stop, with a real Django that knows nothing of them: each attack succeeds
//! against Django alone and fails through the gateway, and an honest user notices nothing.

use std::{
    collections::BTreeMap,
    io::{BufReader, Write},
    net::TcpStream,
};

use crate::support::{
    Config, Connection, Gateway, HOST, ORIGIN, Response, command::Process, pki, pki::Credentials, venv,
};

/// Another site of the same company, trusted by Django and by the gateway, on which the attacker sits.
const PARTNER: &str = "https://partner.example.com";
const SECRET: &str = "attackerattackerattackerattacker";

struct Portal {
    address: String,
    _process: Process,
}

impl Portal {
    fn start() -> Self {
        let mut command = venv::program("gunicorn");
        command
            .args(["portal", "--bind=127.0.0.1:0", "--no-control-socket", "--workers=1", "--threads=4"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support"));
        let mut process = Process::start(command);
        let says = "Listening at: http://";
        let line = process.logs(says);
        let address = line.split_once(says).unwrap().1.split(' ').next().unwrap().to_owned();
        Self { address, _process: process }
    }

    fn config(&self) -> Config {
        Config::new(format!("http://{}", self.address)).site(&format!("trusted_origins = [\"{PARTNER}\"]"))
    }

    fn gateway(&self) -> Gateway {
        Gateway::start(&self.config())
    }
}

/// Where requests go.
enum Way {
    Django(String),
    Gateway(Box<Connection>),
}

/// A browser: its cookies are those of a real one, attributes aside.
struct Browser {
    way: Way,
    jar: BTreeMap<String, String>,
}

impl Browser {
    fn past(portal: &Portal) -> Self {
        Self { way: Way::Django(portal.address.clone()), jar: BTreeMap::new() }
    }

    fn through(gateway: &Gateway, who: Credentials) -> Self {
        Self { way: Way::Gateway(Box::new(gateway.connect_as(who))), jar: BTreeMap::new() }
    }

    /// Another tab, or another day: the same cookies on another connection.
    fn again(&self, gateway: &Gateway, who: Credentials) -> Self {
        Self { jar: self.jar.clone(), ..Self::through(gateway, who) }
    }

    fn send(&mut self, line: &str, cookie: &str, fields: &str, body: &str) -> Response {
        let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
        let head = format!("{line} HTTP/1.1\r\nHost: {HOST}\r\n{cookie}{fields}Content-Length: {}\r\n", body.len());
        match &mut self.way {
            Way::Gateway(connection) => connection.ask(&format!("{head}\r\n{body}")),
            Way::Django(address) => {
                let mut stream = TcpStream::connect(&*address).unwrap();
                let request = format!("{head}X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n{body}");
                stream.write_all(request.as_bytes()).unwrap();
                let mut stream = BufReader::new(stream);
                let mut response = Response::read_head(&mut stream).unwrap().unwrap();
                response.read_body(&mut stream).unwrap();
                response
            }
        }
    }

    fn cookies(&self) -> String {
        self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn browse(&mut self, line: &str, fields: &str, body: &str) -> Response {
        let response = self.send(line, &self.cookies(), fields, body);
        for set in response.all("set-cookie") {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.to_ascii_lowercase().contains("max-age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.into(), value.into());
            }
        }
        response
    }

    fn get(&mut self, path: &str) -> String {
        self.browse(&format!("GET {path}"), "", "").text()
    }

    /// A form of a page of this origin.
    fn post(&mut self, origin: &str, path: &str, form: &str) -> Response {
        let fields = format!("Origin: {origin}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        self.browse(&format!("POST {path}"), &fields, form)
    }

    /// As a person does it: the form, then its button.
    fn log_in(&mut self, name: &str) {
        let page = self.get("/login");
        let token = page.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let answer = self.post(ORIGIN, "/login", &format!("csrfmiddlewaretoken={token}&name={name}"));
        assert_eq!(answer.text(), format!("hello {name}"));
    }

    /// A script of the site's own page that copies the cookie into the header.
    fn ajax(&mut self) -> Response {
        let fields = format!("Origin: {ORIGIN}\r\nX-CSRFToken: {}\r\n", self.jar["csrftoken"]);
        self.browse("POST /pay", &fields, "")
    }
}

/// The same victim and attacker, past the gateway and through it.
fn both_ways(portal: &Portal, attack: impl Fn(&mut Browser, &mut Browser) -> String) -> [String; 2] {
    let gateway = portal.gateway();
    let (mut victim, mut mallory) = (Browser::past(portal), Browser::past(portal));
    let alone = attack(&mut victim, &mut mallory);
    let mut victim = Browser::through(&gateway, pki::named("victim"));
    let mut mallory = Browser::through(&gateway, pki::named("mallory"));
    [alone, attack(&mut victim, &mut mallory)]
}

#[test]
fn a_tossed_pair() {
    let [alone, through] = both_ways(&Portal::start(), |victim, _| {
        victim.log_in("victim");
        victim.jar.insert("csrftoken".into(), SECRET.into());
        let answer = victim.post(PARTNER, "/pay", &format!("csrfmiddlewaretoken={SECRET}"));
        format!("{} {}", answer.status, answer.text())
    });
    assert_eq!(alone, "200 POST by victim");
    assert!(through.starts_with("403 ") && through.contains("CSRF verification failed"), "{through}");
}

#[test]
fn a_stolen_session() {
    let found = both_ways(&Portal::start(), |victim, mallory| {
        victim.log_in("victim");
        mallory.jar = victim.jar.clone();
        mallory.get("/me")
    });
    assert_eq!(found, ["victim", "nobody"]);
}

/// The victim acts in the attacker's account: her payments are his to see.
#[test]
fn login_csrf() {
    let portal = Portal::start();
    let [alone, through] = both_ways(&portal, |victim, _| {
        victim.jar.insert("csrftoken".into(), SECRET.into());
        let answer = victim.post(PARTNER, "/login", &format!("csrfmiddlewaretoken={SECRET}&name=mallory"));
        format!("{} {}", answer.status, victim.get("/me"))
    });
    assert_eq!((&*alone, &*through), ("200 mallory", "403 nobody"));
    // Without a form: his session is tossed in.
    let found = both_ways(&portal, |victim, mallory| {
        mallory.log_in("mallory");
        victim.jar = mallory.jar.clone();
        victim.get("/me")
    });
    assert_eq!(found, ["mallory", "nobody"]);
}

/// Django takes the last of two.
#[test]
fn duplicates() {
    let found = both_ways(&Portal::start(), |victim, mallory| {
        victim.log_in("victim");
        mallory.log_in("mallory");
        let both = format!("{}; sessionid={}", victim.cookies(), mallory.jar["sessionid"]);
        victim.send("GET /me", &both, "", "").text()
    });
    assert_eq!(found, ["mallory", "victim"]);
}

#[test]
fn an_honest_user_notices_nothing() {
    let portal = Portal::start();
    let gateway = portal.gateway();
    let mut tab = Browser::through(&gateway, pki::named("honest"));
    tab.log_in("honest");
    assert_eq!(tab.get("/me"), "honest");
    assert_eq!(tab.ajax().text(), "POST by honest");
    // A second tab: its pages refresh the token's cookie, and the first one's forms still work.
    let mut second = tab.again(&gateway, pki::named("honest"));
    assert_eq!(second.get("/me"), "honest");
    assert_eq!((second.ajax().text(), tab.ajax().text()), ("POST by honest".into(), "POST by honest".into()));
    // `named` makes another key each time: the certificate was renewed.
    assert_ne!(pki::fingerprint(&pki::named("honest")), pki::fingerprint(&pki::named("honest")));
    let gateway = Gateway::start_in(gateway.stop_and_keep());
    let mut later = second.again(&gateway, pki::named("honest"));
    assert_eq!(later.get("/me"), "honest");
    assert_eq!(later.ajax().text(), "POST by honest");
    later.get("/logout");
    assert!(!later.jar.contains_key("sessionid"));
    assert_eq!(later.get("/me"), "nobody");
}

/// A site with live sessions: with a date nobody has to log in again, without one everybody has to.
#[test]
fn switched_on_under_live_sessions() {
    let portal = Portal::start();
    let mut before = Browser::past(&portal);
    before.log_in("early");
    for (line, seen) in [("accept_unbound_until = 2999-01-01", "early"), ("", "nobody")] {
        let gateway = Gateway::start(&portal.config().site(line));
        let mut user = before.again(&gateway, pki::named("early"));
        assert_eq!(user.get("/me"), seen, "{line}");
        if seen == "early" {
            assert_eq!(user.ajax().text(), "POST by early");
            // What the app sets from now on is sealed, and holds after the date.
            assert!(user.jar["csrftoken"].starts_with("cs1."), "{:?}", user.jar.keys());
        }
    }
}

/// The key is not the name: bound to it, a renewed certificate begins anew.
#[test]
fn bound_to_the_key() {
    let portal = Portal::start();
    let gateway = Gateway::start(&portal.config().site("bind_to = \"key\""));
    let mut user = Browser::through(&gateway, pki::named("keyed"));
    user.log_in("keyed");
    assert_eq!(user.get("/me"), "keyed");
    assert_eq!(user.again(&gateway, pki::named("keyed")).get("/me"), "nobody");
}

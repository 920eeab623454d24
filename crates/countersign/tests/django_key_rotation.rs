//! Rotating the keys of assertions under a running gateway and a running app: neither is restarted,
//! and no request fails unless a key is thrown out at once.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use serde_json::Value;

use crate::support::{
    HOST,
    bank::{
        Bank, Server,
        forger::{Forger, TRANSFER, assert_refused, field, now, pay},
    },
    command::output,
    patience::until,
    pki,
};

/// `countersign key rotate`; the file then.
fn rotate(bank: &Bank, more: &[&str]) -> Value {
    let config = bank.gateway.dir().join("countersign.toml");
    let output = output(&[&["key", "rotate", "-c", config.to_str().unwrap()], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&fs::read(&bank.keys).unwrap()).unwrap()
}

/// Pays as a program pays, over and over, until it is told to stop; each time it has to work.
fn pay_all_along(bank: &Bank, done: &AtomicBool, paid: &AtomicUsize) {
    let mut connection = bank.gateway.connect_as(pki::named("rotation"));
    let body = r#"{"payee": "rotation-payee", "amount": "0.01"}"#;
    let request = format!(
        "POST /machine/transfer HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    while !done.load(Ordering::Relaxed) {
        let answer = connection.ask(&request);
        assert_eq!(answer.status, 201, "{}", answer.text());
        paid.fetch_add(1, Ordering::Relaxed);
    }
}

/// The next key's time is brought forward: nobody waits ten minutes for a test.
fn rotation_loses_no_request(server: Server) {
    let bank = Bank::start(server);
    let (done, paid) = (AtomicBool::new(false), AtomicUsize::new(0));
    let some_more = |what: &str| {
        let before = paid.load(Ordering::Relaxed);
        until(what, || (paid.load(Ordering::Relaxed) > before + 5).then_some(()));
    };
    thread::scope(|scope| {
        let payer = scope.spawn(|| pay_all_along(&bank, &done, &paid));
        // Ends the payer when this ends, however it does.
        let _stop = Stop(&done);
        until("the first payment", || (payer.is_finished() || paid.load(Ordering::Relaxed) > 0).then_some(()));
        let old = Forger::of(&bank);
        let mut set = rotate(&bank, &[]);
        let keys = set["keys"].as_array_mut().unwrap();
        assert_eq!(keys.len(), 2);
        let next = keys.iter_mut().find(|key| key["kid"] != old.kid.as_str()).unwrap();
        assert!(next["use_from"].as_i64().unwrap() > now() + 500);
        let kid = next["kid"].as_str().unwrap().to_owned();
        bank.gateway.reloaded(1);
        some_more("payments with both keys there");

        next["use_from"] = (now() + 1).into();
        let file = bank.keys.strip_prefix(bank.gateway.dir()).unwrap().to_str().unwrap();
        bank.gateway.replace(file, set.to_string());
        bank.gateway.reloaded(2);
        until("the new key's time", || (signs_with(&bank) == kid).then_some(()));
        some_more("payments with the new key");
        // What the old key signed is still good.
        assert_eq!(pay(&bank, &field(&old.transfer("rotation-old"))).status, 201);
        done.store(true, Ordering::Relaxed);
        payer.join().unwrap();
    });

    // A key that leaked: it counts no more, and the gateway signs with another.
    let leaked: Vec<Forger> = Forger::all(&bank);
    let set = rotate(&bank, &["--now"]);
    assert_eq!(set["keys"].as_array().unwrap().len(), 1);
    bank.gateway.reloaded(3);
    let (done, once) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let payer = scope.spawn(|| pay_all_along(&bank, &done, &once));
        let _stop = Stop(&done);
        until("payments", || (payer.is_finished() || once.load(Ordering::Relaxed) > 5).then_some(()));
    });
    for leaked in leaked {
        let token = leaked.sign(&leaked.header(), &Forger::claims("rotation-leaked", &TRANSFER));
        assert_refused(&pay(&bank, &field(&token)), "assertion-unknown-key");
    }
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The `kid` of the key that signs, as `countersign key list` has it.
fn signs_with(bank: &Bank) -> String {
    let config = bank.gateway.dir().join("countersign.toml");
    let output = output(&["key", "list", "-c", config.to_str().unwrap(), "--format", "json"]);
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys = list["sites"][0]["keys"].as_array().unwrap();
    let current = keys.iter().find(|key| key["state"] == "current").unwrap();
    current["kid"].as_str().unwrap().to_owned()
}

#[test]
fn loses_no_request_under_gunicorn() {
    rotation_loses_no_request(Server::Gunicorn);
}

#[test]
fn loses_no_request_under_uvicorn() {
    rotation_loses_no_request(Server::Uvicorn);
}

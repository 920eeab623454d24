//! The gateway's own example leaves the probe nothing to find.

use serde_json::Value;

use crate::support::{
    HOST,
    bank::{Bank, Server},
    command::countersign,
    pki,
};

#[test]
fn nothing_is_found_at_the_bank() {
    // The gateway sends it by itself only where it answers http as well, which this one does not.
    let bank = Bank::start_behind(Server::Uvicorn, &[], |config| config.site("hsts = 31536000").route("path = \"/\""));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    let (one, other) = (pki::named_pem("probe-one"), pki::named_pem("probe-other"));
    let port = bank.gateway.address.port();
    let staff = &pki::pki().staff;
    let output = countersign(&[
        "probe",
        &format!("https://{HOST}:{port}/"),
        "--connect-to",
        &format!("127.0.0.1:{port}"),
        "--cacert",
        &file("server-ca.pem", pki::pki().server_root_pem()),
        "--cert",
        &file("one.pem", &one.chain_pem()),
        "--key",
        &file("one.key", &one.key_pem),
        "--second-cert",
        &file("other.pem", &other.chain_pem()),
        "--second-key",
        &file("other.key", &other.key_pem),
        "--issuing-ca-cert",
        &file("ca.pem", &staff.certificate().pem),
        "--issuing-ca-key",
        &file("ca.key", &staff.key_pem()),
        "--endpoint",
        "/transfer",
        "--field",
        "payee={canary}",
        "--field",
        "amount=1",
        "--read-back",
        "/",
        "--exempt",
        "/machine/transfer",
        "--websocket",
        "/ws/echo",
        "--identity-header",
        "X-SSL-Client-S-DN",
        "--unsafe-methods",
        "--rate=0",
        "--hang=1.5",
        "--format=json",
    ])
    .output()
    .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", String::from_utf8_lossy(&output.stderr), bank.said()));
    let of = |verdict: &str| {
        let cases = report["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == verdict);
        cases.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(of("vulnerable").is_empty(), "{:#?}", of("vulnerable"));
    assert!(of("inconclusive").is_empty(), "{:#?}", of("inconclusive"));
    assert!(of("held").len() > 55, "{:#?}", of("not-tested"));
    assert_eq!(output.status.code(), Some(0));
}

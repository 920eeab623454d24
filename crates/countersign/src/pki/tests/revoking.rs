//! `ca revoke` and `ca crl`: read by openssl and by the gateway's own reader.

use std::fs;

use countersign_core::UnixTime;
use countersign_gateway::{Crl, DenyList, LoadedCrl, Revocation, Stale, Trust};
use der::pem;

use super::{
    commands::{answer, mode, run, with_ca},
    *,
};

fn with_client(name: &str) -> tempfile::TempDir {
    let dir = with_ca();
    run(dir.path(), &["issue", "client", name, "--dir", "DIR/ca", "--out", "DIR"]).unwrap();
    dir
}

fn crl(dir: &Path, arguments: &[&str]) -> Result<CrlReport, PkiError> {
    crl_at(dir, arguments, now())
}

fn crl_at(dir: &Path, arguments: &[&str], at: SystemTime) -> Result<CrlReport, PkiError> {
    match answer(dir, &[arguments, &["--dir", "DIR/ca"]].concat(), at)? {
        Answer::Crl(report) => Ok(report),
        Answer::Certificate(report) => panic!("{report}"),
    }
}

fn read(dir: &Path) -> Crl {
    let text = fs::read(dir.join("ca/crl.pem")).unwrap();
    Crl::read(&pem::decode_vec(&text).unwrap().1).unwrap()
}

#[test]
fn a_revoked_certificate_is_on_the_list() {
    let dir = with_client("ada");
    run(dir.path(), &["issue", "client", "bob", "--dir", "DIR/ca", "--out", "DIR"]).unwrap();
    let report = crl(dir.path(), &["revoke", "DIR/ada.pem", "--reason", "keyCompromise"]).unwrap();
    assert_eq!((report.number, report.entries, report.already), (1, 1, false));
    let ca = dir.path().join("ca");
    assert_eq!((mode(&ca.join("crl.pem")), mode(&ca.join("revoked.txt"))), (0o644, 0o600));
    let text = openssl(&ca, "crl -in crl.pem -CAfile ca.pem -noout -text").unwrap();
    let serial = &report.revoked.as_ref().unwrap().serial;
    assert_contains(
        &text,
        &["verify OK", "Issuer: CN", "Example Client CA", &format!("Serial Number: {serial}"), "Key Compromise"],
    );
    let check = |who: &str| {
        let pem = format!(
            "{}{}",
            fs::read_to_string(ca.join("ca.pem")).unwrap(),
            fs::read_to_string(ca.join("crl.pem")).unwrap()
        );
        fs::write(dir.path().join("both.pem"), pem).unwrap();
        openssl(dir.path(), &format!("verify -crl_check -CAfile both.pem -attime {SECONDS} {who}.pem"))
    };
    assert_contains(&check("ada").unwrap_err(), &["certificate revoked"]);
    check("bob").unwrap();
    assert_contains(
        &report.to_string(),
        &[
            &format!("revoked serial {serial} subject CN=ada at 2027-01-15T08:00:00Z reason keyCompromise"),
            "made CRL 1",
            "valid 2027-01-15T07:00:00Z to 2027-01-22T08:00:00Z",
            &format!("crl = [\"{}\"]", ca.join("crl.pem").display()),
            "renew it before 2027-01-22T08:00:00Z: countersign ca crl --dir",
        ],
    );
    let json = serde_json::to_value(Answer::Crl(report.clone())).unwrap();
    assert_eq!((&json["made"], &json["number"], &json["entries"]), (&"crl".into(), &1.into(), &1.into()));
    assert_eq!(json["revoked"]["reason"], "keyCompromise");
    assert_eq!(json["next_update"], "2027-01-22T08:00:00Z");
}

#[test]
fn numbers_grow_and_nobody_is_forgotten() {
    let dir = with_client("ada");
    let first = crl(dir.path(), &["crl"]).unwrap();
    assert_eq!((first.number, first.entries), (1, 0));
    crl(dir.path(), &["revoke", "--serial", "0x0a:1B", "--reason", "superseded"]).unwrap();
    crl(dir.path(), &["revoke", "DIR/ada.pem"]).unwrap();
    let later = crl_at(dir.path(), &["crl", "--days", "30"], in_days(2)).unwrap();
    assert_eq!((later.number, later.entries), (4, 2));
    assert_eq!(later.next_update, in_days(32));
    let list = read(dir.path());
    assert_eq!(list.number().map(ToString::to_string).as_deref(), Some("4"));
    assert_eq!(list.revoked().len(), 2);
    assert!(list.revoked().iter().any(|(serial, _)| serial == [0x0a, 0x1b]));
    // Again: told so, and left as it was.
    let again = crl_at(dir.path(), &["revoke", "DIR/ada.pem", "--reason", "keyCompromise"], in_days(3)).unwrap();
    let entry = again.revoked.as_ref().unwrap();
    assert!(again.already && again.entries == 2 && entry.at == now() && entry.reason == Why::Unspecified);
    assert_contains(&again.to_string(), &["was revoked already"]);
}

#[test]
fn what_is_not_this_cas_is_not_revoked() {
    let dir = with_client("ada");
    let other = with_client("eve");
    fs::copy(other.path().join("eve.pem"), dir.path().join("eve.pem")).unwrap();
    let refused = |arguments: &[&str]| {
        let error = crl(dir.path(), arguments).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{error}");
        error.to_string()
    };
    // The other CA bears the same name.
    assert_contains(&refused(&["revoke", "DIR/eve.pem"]), &["eve.pem", "that \"CN=Example Client CA\" signed"]);
    assert_contains(&refused(&["revoke", "DIR/ca/ca.pem"]), &["cannot revoke itself"]);
    assert_contains(&refused(&["revoke", "DIR/ada.key"]), &["cannot revoke", "ada.key"]);
    assert_contains(&refused(&["revoke", "--serial", "xyz"]), &["invalid serial number \"xyz\""]);
    assert_contains(&refused(&["crl", "--days", "0"]), &["invalid days 0"]);
    assert!(!dir.path().join("ca/crl.pem").exists() && !dir.path().join("ca/revoked.txt").exists());
    let gone = crl_at(dir.path(), &["crl"], in_days(4_000)).unwrap_err().to_string();
    assert_contains(&gone, &["expired"]);
}

#[test]
fn a_list_that_cannot_be_read_is_not_replaced() {
    let dir = with_client("ada");
    crl(dir.path(), &["revoke", "DIR/ada.pem"]).unwrap();
    let file = dir.path().join("ca/revoked.txt");
    let good = fs::read_to_string(&file).unwrap();
    for (line, expected) in [
        ("zz 2027-01-15T08:00:00Z superseded CN=x", "serial number in hexadecimal"),
        ("0A yesterday superseded CN=x", "expected a time"),
        ("0A 2027-01-15T08:00:00Z lost CN=x", "expected a reason"),
        ("crl many", "expected the number of a CRL"),
    ] {
        fs::write(&file, format!("{good}{line}\n")).unwrap();
        let error = crl(dir.path(), &["crl"]).unwrap_err().to_string();
        assert_contains(&error, &["line 5", expected]);
        assert!(fs::read_to_string(&file).unwrap().ends_with(&format!("{line}\n")));
    }
    fs::write(&file, good).unwrap();
    // Two at once would write two lists of one number.
    fs::write(dir.path().join("ca/revoked.lock"), "").unwrap();
    assert_contains(&crl(dir.path(), &["crl"]).unwrap_err().to_string(), &["is at work", "run \"rm "]);
    fs::remove_file(dir.path().join("ca/revoked.lock")).unwrap();
    assert_eq!(crl(dir.path(), &["crl"]).unwrap().number, 2);
}

/// With RSA and, as OpenSSL has it unless told otherwise, of version 1.
#[test]
fn the_lists_of_openssl_are_read() {
    let dir = directory(&[
        ("index.txt", "R\t300101000000Z\t270114080000Z,keyCompromise\t0A1B\tunknown\t/CN=ada\n"),
        ("crlnumber", "2A\n"),
        (
            "ca.cnf",
            "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\ndefault_md = sha256\ncrlnumber = crlnumber\n\
             [v1]\ndatabase = index.txt\ndefault_md = sha256\n[crl]\nauthorityKeyIdentifier = keyid\n",
        ),
    ]);
    let run = |arguments: &str| openssl(dir.path(), arguments).unwrap();
    run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /O=Example/CN=Foreign -days 30");
    let sign = "ca -gencrl -config ca.cnf -cert ca.pem -keyfile ca.key -crldays 7";
    run(&format!("{sign} -crlexts crl -out v2.pem"));
    run(&format!("{sign} -name v1 -out v1.pem"));
    let now = UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap());
    let ca = pem::decode_vec(&fs::read(dir.path().join("ca.pem")).unwrap()).unwrap().1;
    let trust = Trust::new("foreign", &[ca.into()], 3, now).unwrap();
    for (file, number) in [("v2.pem", Some("42")), ("v1.pem", None)] {
        let der = pem::decode_vec(&fs::read(dir.path().join(file)).unwrap()).unwrap().1;
        let list = Crl::read(&der).unwrap();
        assert_eq!(list.issuer(), "CN=Foreign,O=Example");
        assert_eq!(list.number().map(ToString::to_string).as_deref(), number);
        let entries: Vec<_> =
            list.revoked().iter().map(|(serial, why)| (serial.to_vec(), why.at, why.reason)).collect();
        assert_eq!(entries, [(vec![0x0a, 0x1b], UnixTime(SECONDS as i64 - 24 * 60 * 60), 1)]);
        // The signature is checked here.
        let list = LoadedCrl { crl: list.into(), file: file.into() };
        Revocation::new(&trust, vec![list], Stale::Deny, DenyList::default(), now).unwrap();
    }
}

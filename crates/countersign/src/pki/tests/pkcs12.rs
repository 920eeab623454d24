use super::*;

#[test]
fn a_pkcs12_file_holds_the_key_and_every_certificate() {
    let root = Deviations { path_len: Some(1), ..Default::default() };
    let root = Authority::create_with("Root", 3650, now(), &root).unwrap();
    let middle = root.issue_intermediate("Middle", 365, now(), &Deviations::default()).unwrap();
    let issued = middle.issue_client(&client("Ada 👩 Lovelace"), now()).unwrap();
    let password = Password::random().unwrap();
    let file = issued.pkcs12("Ada 👩 Lovelace", &password).unwrap();

    let dir = directory(&[("word", password.reveal())]);
    std::fs::write(dir.path().join("it.p12"), file).unwrap();
    let shown = openssl(dir.path(), "pkcs12 -in it.p12 -info -nodes -passin file:word").unwrap();
    assert_contains(
        &shown,
        &[
            "MAC: sha256, Iteration 100000",
            "Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256",
            "Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256",
            "friendlyName: Ada _ Lovelace",
        ],
    );
    let contents = [&issued.key_pem, &issued.cert_pem, &middle.certificate().pem, &root.certificate().pem];
    for pem in contents {
        assert!(shown.contains(pem), "expected {pem} in {shown}");
    }
    openssl(dir.path(), "pkcs12 -in it.p12 -noout -passin pass:wrong").unwrap_err();
}

#[test]
fn a_random_password_can_be_read_aloud_and_not_be_guessed() {
    let one = Password::random().unwrap();
    let groups: Vec<_> = one.reveal().split('-').map(str::len).collect();
    assert_eq!(groups, [5; 4]);
    let readable = |c: char| c == '-' || (c.is_ascii_alphanumeric() && !"0o1liO".contains(c));
    assert!(one.reveal().chars().all(readable), "{}", one.reveal());
    assert_ne!(one, Password::random().unwrap());
}

#[test]
fn a_supplied_password_is_the_first_line() {
    let supplied = |text: &str| Password::from_first_line(text).map(|word| word.reveal().to_owned());
    assert_eq!(supplied("correct horse\r\nignored\n").as_deref(), Ok("correct horse"));
    for (text, expected) in [
        ("", "at least 8 characters"),
        ("short12", "at least 8 characters"),
        ("\nsecond line", "at least 8 characters"),
        ("pässwörter", "printable ASCII"),
        ("tab\tulator", "printable ASCII"),
    ] {
        assert_contains(supplied(text).unwrap_err(), &[expected]);
    }
}

use super::{file_name::stem, *};

#[track_caller]
fn refused(result: Result<San, SanError>, expected: &str) {
    let message = result.unwrap_err().to_string();
    assert!(message.contains(expected), "expected {expected:?} in {message:?}");
    assert!(message.starts_with("invalid "), "{message}");
}

fn problems(request: &ClientRequest) -> Vec<String> {
    request.check().unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn server_names() {
    let dns = |name: &str| Ok(San::Dns(name.to_owned()));
    assert_eq!(San::server("localhost"), dns("localhost"));
    assert_eq!(San::server("App.Example.COM"), dns("app.example.com"));
    assert_eq!(San::server("*.Example.com"), dns("*.example.com"));
    assert_eq!(San::server("xn--bcher-kva.example"), dns("xn--bcher-kva.example"));
    assert_eq!(San::server("1.example"), dns("1.example"));
    assert_eq!(San::server("192.0.2.1"), Ok(San::Ip([192, 0, 2, 1].into())));
    assert_eq!(San::server("2001:DB8::1").unwrap().to_string(), "ip:2001:db8::1");

    for (name, expected) in [
        ("", "1 to 63 characters"),
        (".", "1 to 63 characters"),
        ("a..b", "1 to 63 characters"),
        (&"a".repeat(64), "1 to 63 characters"),
        (&"a.".repeat(127), "no trailing dot"),
        (&format!("{}a", "a.".repeat(127)), "at most 253 characters, it has 255"),
        ("example.com.", "no trailing dot"),
        ("example.com:8443", "without port"),
        ("https://example.com", "without scheme"),
        ("[::1]", "without brackets"),
        ("bücher.example", "xn-- form"),
        ("a_b.example", "it contains '_'"),
        ("a b.example", "it contains ' '"),
        ("a\0.example", "it contains '\\0'"),
        ("a\n.example", "it contains '\\n'"),
        ("-a.example", "no hyphen at the start or end of label \"-a\""),
        ("a-.example", "no hyphen at the start or end of label \"a-\""),
        ("256.0.0.1", "reads like an IP address"),
        ("192.0.2", "reads like an IP address"),
        ("*", "one alone as the first label"),
        ("*.*.example", "one alone as the first label"),
        ("a.*.example", "one alone as the first label"),
        ("a*.example", "one alone as the first label"),
        ("*.", "1 to 63 characters"),
        ("*.192.0.2.1", "reads like an IP address"),
    ] {
        refused(San::server(name), expected);
    }
}

#[test]
fn client_host_names_have_no_wildcard_and_are_no_addresses() {
    assert_eq!(San::dns("Laptop.Example"), Ok(San::Dns("laptop.example".to_owned())));
    refused(San::dns("*.example.com"), "expected no wildcard");
    refused(San::dns("192.0.2.1"), "reads like an IP address");
}

#[test]
fn email_addresses() {
    let email = |text: &str| Ok(San::Email(text.to_owned()));
    assert_eq!(San::email("Ada.L+x@Example.COM"), email("Ada.L+x@example.com"));
    assert_eq!(San::email("root@localhost"), email("root@localhost"));
    for (text, expected) in [
        ("", "expected one address such as"),
        ("ada", "expected one address such as"),
        ("ada@a@b", "expected one address such as"),
        ("@example.com", "before the @"),
        (".ada@example.com", "before the @"),
        ("a..b@example.com", "before the @"),
        ("ada <ada@example.com", "before the @"),
        ("\"a\"@example.com", "before the @"),
        ("ada\r\n@example.com", "before the @"),
        (&format!("{}@example.com", "a".repeat(65)), "before the @"),
        ("adä@example.com", "expected ASCII before the @"),
        ("ada@", "its domain: expected labels"),
        ("ada@exämple.com", "its domain: expected ASCII"),
        ("ada@[192.0.2.1]", "its domain"),
        ("ada@example.com\n", "its domain"),
    ] {
        refused(San::email(text), expected);
    }
}

#[test]
fn uris() {
    for text in [
        "spiffe://example.com/ns/prod/sa/billing",
        "spiffe://trust_domain-1/x",
        "https://example.com",
        "https://example.com:8443/a?b#c",
        "https://[::1]:8443/",
        "https://192.0.2.1/",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "https://example.com/%20",
    ] {
        assert_eq!(San::uri(text), Ok(San::Uri(text.to_owned())));
    }
    for (text, expected) in [
        ("", "expected a scheme"),
        ("example.com/a", "expected a scheme"),
        ("//example.com/a", "expected a scheme"),
        ("1a:b", "starts with a letter"),
        ("urn:", "something after the scheme"),
        ("https://", "its host"),
        ("file:///etc", "its host"),
        ("https://::1/", "its host"),
        ("https://[192.0.2.1]/", "its host"),
        ("https://example.com:x/", "a number as port"),
        ("https://user@example.com/", "no user name"),
        ("https://example.com/ä", "'ä' must be percent-encoded"),
        ("https://example.com/a b", "' ' must be percent-encoded"),
        ("https://example.com/\n", "'\\n' must be percent-encoded"),
        ("https://example.com/%2", "two hexadecimal digits"),
        ("https://example.com/%+1", "two hexadecimal digits"),
        ("SPIFFE://example.com/a", "in lower case"),
        ("spiffe:example.com", "in lower case"),
        ("spiffe://example.com", "expected a SPIFFE ID"),
        ("spiffe://example.com/", "path segments"),
        ("spiffe://example.com/a/", "path segments"),
        ("spiffe://example.com/a//b", "path segments"),
        ("spiffe://example.com/../b", "path segments"),
        ("spiffe://example.com/a?b", "path segments"),
        ("spiffe://example.com/a%20b", "path segments"),
        ("spiffe:///a", "a trust domain of"),
        ("spiffe://Example.com/a", "a trust domain of"),
        ("spiffe://example.com:1/a", "a trust domain of"),
        (&format!("spiffe://example.com/{}", "a".repeat(2048)), "at most 2048 characters"),
    ] {
        refused(San::uri(text), expected);
    }
}

#[test]
fn user_principal_names() {
    for text in ["ada@corp.example.com", "ädä@CORP.local", "svc$@corp"] {
        assert_eq!(San::upn(text), Ok(San::Upn(text.to_owned())));
    }
    for (text, expected) in [
        ("ada", "expected one user and domain"),
        ("@corp", "expected one user and domain"),
        ("a@b@c", "expected one user and domain"),
        ("a b@corp", "expected no space"),
        ("a\u{202E}b@corp", "the bidirectional control U+202E"),
        ("a\0b@corp", "the control character U+0000"),
        ("ada@", "its domain"),
        ("ada@corp.", "its domain: expected no trailing dot"),
    ] {
        refused(San::upn(text), expected);
    }
}

#[test]
fn subjects_are_what_everyone_sees() {
    for name in ["Ada Lovelace", "Zoë", "李小龙", "O'Hara, \"x\" <y> + z = \\", "👩", &"ä".repeat(64)] {
        client(name).check().unwrap();
    }
    for (name, expected) in [
        ("", "expected at least one character"),
        (&"a".repeat(65), "expected at most 64 characters, it has 65"),
        (" Ada", "expected no space at its start or end"),
        ("Ada\u{A0}", "expected no space at its start or end"),
        ("Ada\r\nX-Admin: 1", "the control character U+000D"),
        ("Ada\nCN=admin", "the control character U+000A"),
        ("Ada\0", "the control character U+0000"),
        ("Ada\u{1b}[2J", "the control character U+001B"),
        ("Ada\u{85}x", "the control character U+0085"),
        ("Ada\u{202E}nimda", "the bidirectional control U+202E"),
        ("Ada\u{2067}x", "the bidirectional control U+2067"),
        ("Ada\u{200B}", "the invisible character U+200B"),
        ("Ada\u{200D}x", "the invisible character U+200D"),
        ("Ada\u{FEFF}x", "the invisible character U+FEFF"),
        ("Ada\u{E0041}", "the invisible character U+E0041"),
        ("Ada\u{FFFE}", "the invisible character U+FFFE"),
        ("Ada\u{A0}x", "the unusual space U+00A0"),
        ("Ada\u{2028}x", "the unusual space U+2028"),
    ] {
        let told = problems(&client(name));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(expected), "expected {expected:?} in {told:?}");
        assert!(!told[0].contains(['\n', '\0', '\u{202E}', '\u{1b}']), "it is quoted safely: {told:?}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let request = ClientRequest {
        name: "a\nb".to_owned(),
        organization: Some(String::new()),
        unit: Some(" x".to_owned()),
        emails: vec!["ada".to_owned(), "ada@example.com".to_owned(), "eve@".to_owned()],
        uris: vec!["spiffe://example.com/a".to_owned(), "urn:b:c".to_owned(), "d".to_owned()],
        upns: vec!["ada".to_owned()],
        dns: vec!["*.example".to_owned()],
        days: 0,
    };
    let told = problems(&request);
    assert_eq!(told.len(), 10, "{told:#?}");
    assert_eq!(told[0], "invalid days 0: expected 1 to 36500");
    assert_eq!(told[9], "SPIFFE ID \"spiffe://example.com/a\" among 2 URIs: expected it alone, verifiers refuse more");
    let error = authority().issue_client(&request, now()).unwrap_err();
    assert!(error.to_string().starts_with("10 arguments are wrong:\n  invalid days 0"), "{error}");
    assert_eq!(error.exit_code(), 2);

    let nothing = ServerRequest { names: Vec::new(), days: MAX_DAYS + 1 };
    assert_eq!(nothing.check(), Err(vec![RequestError::Days(36_501), RequestError::NoServerName]));
}

#[test]
fn a_ca_name_is_held_to_the_same_rules() {
    let error = Authority::create("Evil\u{202E}CA", 0, now()).unwrap_err().to_string();
    assert_contains(&error, &["2 arguments", "invalid days 0", "invalid name \"Evil\\u{202e}CA\""]);
}

#[test]
fn names_become_plain_files() {
    for (name, file) in [
        ("Ada Lovelace", "Ada_Lovelace"),
        ("*.example.com", "_wildcard.example.com"),
        ("2001:db8::1", "2001_db8__1"),
        ("ada@example.com", "ada@example.com"),
        ("Zoë-2", "Zoë-2"),
        ("a\\b$(c)`d`;e", "a_b__c__d__e"),
    ] {
        assert_eq!(stem(name).as_deref(), Ok(file));
    }
    for (name, expected) in [
        ("a/b", "expected no \"/\""),
        ("../a", "expected no \"/\""),
        (".ssh", "as the first character"),
        ("..", "as the first character"),
        ("-rf", "as the first character"),
        (&"a".repeat(241), "at most 240 bytes"),
    ] {
        let message = stem(name).unwrap_err().to_string();
        assert!(message.contains(expected), "expected {expected:?} in {message:?}");
    }
}

#[test]
fn no_character_at_all_makes_a_file_elsewhere() {
    for c in '\0'..=char::MAX {
        let name = format!("{c}a{c}");
        let Ok(stem) = stem(&name) else { continue };
        let safe = |c: char| c.is_alphanumeric() || ".-_@+".contains(c);
        assert!(stem.chars().all(safe) && !stem.starts_with(['.', '-']), "{name:?} became {stem:?}");
    }
}

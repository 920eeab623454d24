//! `countersign explain` on what a real gateway refused: its log line, and the curl command that was sent.

use std::fs;

use crate::support::{Config, Gateway, HOST, Upstream, command::output};

fn explain(words: &[&str]) -> (i32, String) {
    let output = output(&[&["explain"], words].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout) + &text(output.stderr))
}

#[test]
fn a_refusal_is_explained_from_its_log_line_and_from_its_curl_command() {
    for format in ["json", "text"] {
        let upstream = Upstream::start();
        let (dir, path) = Config::new(upstream.url()).write();
        let config = fs::read_to_string(&path).unwrap();
        fs::write(&path, config.replace("format = \"json\"", &format!("format = {format:?}"))).unwrap();
        let gateway = Gateway::start_in(dir);
        let request = format!(
            "POST /pay HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.example\r\nCookie: sessionid=SECRET\r\nContent-Length: 0\r\n\r\n"
        );
        let refused = gateway.ask(&request);
        refused.assert_refused(403, "origin-mismatch");
        let id = refused.header("countersign-request-id").unwrap();
        let line = gateway.log().line(id);
        let (code, told) = explain(&["--log", &line]);
        assert!(code == 1 && told.contains("origin-mismatch") && told.contains(id), "{told}");
        let file = path.with_file_name("gateway.log");
        fs::write(&file, gateway.log().text()).unwrap();
        let (code, again) = explain(&["--log", file.to_str().unwrap(), "--request-id", id]);
        assert_eq!((code, again), (1, told));
        assert_eq!(explain(&["--log", file.to_str().unwrap(), "--request-id", "nobody"]).0, 2);

        let curl =
            format!("curl -sS 'https://{HOST}/pay' -X POST -H 'Origin: https://evil.example' -b sessionid=SECRET");
        let (code, told) = explain(&["-c", path.to_str().unwrap(), "--client", "CN=alice", "--curl", &curl]);
        assert!(code == 1 && told.contains("refused: origin-mismatch (403)"), "{told}");
        assert!(told.contains("Go 1.27") && told.contains("Envoy 1.40") && told.contains("Django 6.1"), "{told}");
        assert!(!told.contains("SECRET"), "{told}");
        upstream.assert_untouched();
    }
}

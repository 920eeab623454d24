//! Django as it is installed, asked for many bodies at once.

use std::{
    fmt::Write as _,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use crate::{Case, installed::Django};

impl Django {
    pub(crate) fn answers(&self, cases: &[Case]) -> Vec<String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/form/read_post.py");
        let mut child = Command::new(&self.python)
            .arg("-B")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                for case in cases {
                    for piece in [&case.content_type, &case.body] {
                        stdin.write_all(&u32::try_from(piece.len()).unwrap().to_be_bytes()).unwrap();
                        stdin.write_all(piece).unwrap();
                    }
                }
            });
            child.wait_with_output().unwrap()
        });
        let lines: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), cases.len(), "Django {} ended early", self.release);
        lines
    }
}

pub(crate) fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        write!(out, "{b:02x}").unwrap();
        out
    })
}

//! The `countersign` program, run to its end or as a process that is looked after.

use std::process::{Child, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{log::Log, patience::until};

/// The program under test.
pub(crate) fn countersign(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(args).stdin(Stdio::null()).env_remove("COUNTERSIGN_LOG").env("NO_COLOR", "1");
    command
}

/// Runs it to its end.
pub(crate) fn output(args: &[&str]) -> Output {
    countersign(args).output().unwrap()
}

/// A process that ends with the test at the latest, and whose output is shown if that fails.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) stdout: Log,
    pub(crate) stderr: Log,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { child, stdout: Log::follow(stdout), stderr: Log::follow(stderr) }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        until("the end of a process", || self.ended())
    }

    /// A line on standard error with this text.
    pub(crate) fn logs(&mut self, text: &str) -> String {
        let stderr = self.stderr.clone();
        until(text, || {
            let found = stderr.lines().into_iter().find(|line| line.contains(text));
            if found.is_none()
                && let Some(status) = self.ended()
            {
                panic!("ended with {status} before it logged {text:?}: {}", stderr.text());
            }
            found
        })
    }

    /// A line on standard output that starts so.
    pub(crate) fn says(&mut self, start: &str) -> String {
        let stdout = self.stdout.clone();
        until(start, || {
            let found = stdout.lines().into_iter().find(|line| line.starts_with(start));
            if found.is_none()
                && let Some(status) = self.ended()
            {
                panic!("ended with {status} before it said {start:?}");
            }
            found
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- stdout\n{}\n---- stderr\n{}\n----", self.stdout.text(), self.stderr.text());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

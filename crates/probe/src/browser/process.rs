//! The browser's process and all that it starts: one group, which ends with it.

use std::{
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::BrowserError;

#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    pub(super) fn start(
        mut command: Command,
        program: &'static str,
        package: &'static str,
    ) -> Result<Self, BrowserError> {
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
        match command.spawn() {
            Ok(child) => Ok(Self(child)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(BrowserError::Missing(program, package)),
            Err(error) => Err(BrowserError::drive(error)),
        }
    }

    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(id) = i32::try_from(self.0.id())
            && let Some(group) = Pid::from_raw(id)
        {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

//! Programs of the virtual environment that `./test` makes. `COUNTERSIGN_VENV` names it,
//! `target/venv` of the workspace is the default.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The root of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// One of its programs, that leaves no files behind and says at once what it has to say.
pub(crate) fn program(name: &str) -> Command {
    let venv = env::var_os("COUNTERSIGN_VENV").map_or_else(|| workspace().join("target/venv"), PathBuf::from);
    let program = venv.join("bin").join(name);
    assert!(program.exists(), "{} is not there: run ./test, which makes it", program.display());
    let mut command = Command::new(program);
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
    command
}

/// Envoy, of the package that `./test` installs beside the others.
pub(crate) fn envoy() -> PathBuf {
    let folder = env::var_os("COUNTERSIGN_ENVOY").map_or_else(|| workspace().join("target/venv-envoy"), PathBuf::from);
    let program = folder.join("bin/envoy");
    assert!(program.exists(), "{} is not there: run ./test, which makes it", program.display());
    program
}

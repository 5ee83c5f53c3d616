//! The official replayer, in a virtual environment of its own.

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// What the replayer has against each history, if anything.
pub(crate) type Verdicts = BTreeMap<String, Option<String>>;

/// Python with everything that the oracle needs; where that cannot be had, it is said why.
pub(crate) fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON
        .get_or_init(|| install().map_err(skip).ok())
        .as_deref()
}

/// Replays the histories of a folder with the workflows that `oracle.py` has under this name.
pub(crate) fn replay(python: &Path, workflows: &str, folder: &Path) -> io::Result<Verdicts> {
    let mut command = Command::new(python);
    // Without files of bytecode beside the sources.
    command.arg("-B").arg(source("oracle.py"));
    command.arg(workflows).arg(folder);
    let output = said(&mut command)?;
    // What comes before are log lines of the SDK.
    let verdicts = output.lines().next_back().unwrap_or_default();
    Ok(serde_json::from_str(verdicts)?)
}

fn install() -> io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle/venv");
    said(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let programs = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = folder.join(programs).join("python");
    let mut pip = Command::new(&python);
    pip.args("-m pip install --quiet --disable-pip-version-check --requirement".split(' '));
    said(pip.arg(source("requirements.txt")))?;
    Ok(python)
}

/// What a command says, once it has ended well.
fn said(command: &mut Command) -> io::Result<String> {
    let output = command
        .output()
        .map_err(|error| io::Error::other(format!("{command:?}: {error}")))?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(io::Error::other);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let message = format!("{command:?} ended with {}\n{complaint}", output.status);
    Err(io::Error::other(message))
}

fn source(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    folder.join(name)
}

/// Says why nothing is tested, past the harness, which keeps what a passing test prints.
fn skip(why: impl Display) {
    let message = format!("skipped: the oracle needs Python 3.10 or later, and PyPI: {why}");
    writeln!(io::stderr(), "{message}").ok();
}

//! Valgrind's callgrind, on this very program.

use std::{
    fs,
    io::ErrorKind,
    process::{Command, Stdio},
};

use crate::{Outcome, case::Case};

/// What to do where there is no valgrind.
pub(crate) const MISSING: &str = "valgrind is not installed, so no instructions are counted; \
                                  most systems have a package of that name";

/// What came of counting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Counted {
    /// Instructions that were executed.
    Instructions(u64),
    /// There is no valgrind.
    NoValgrind,
}

/// Counts the instructions of a case.
pub(crate) fn count(case: Case) -> Outcome<Counted> {
    let file = format!("sempre-instructions-{}-{}", std::process::id(), case.name());
    let file = std::env::temp_dir().join(file);
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .args([
            "--collect-atstart=no",
            "--toggle-collect=*counted_by_callgrind*",
        ])
        .arg(std::env::current_exe()?)
        .args(["--case", case.name()])
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Counted::NoValgrind),
        output => output?,
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} failed under valgrind:\n{said}", case.name()).into());
    }
    let profile = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    let instructions = instructions(&profile).ok_or("callgrind's profile has no total")?;
    if instructions == 0 {
        return Err("callgrind has counted nothing: are there symbols in this build?".into());
    }
    Ok(Counted::Instructions(instructions))
}

/// The total of a profile.
pub(crate) fn instructions(profile: &str) -> Option<u64> {
    let mut lines = profile.lines();
    let total = lines.find_map(|line| line.strip_prefix("totals: "))?;
    total.split_whitespace().next()?.parse().ok()
}

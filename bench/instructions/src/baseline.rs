//! The baseline: what was counted last, as a file of the repository.

use std::{collections::BTreeMap, env, fs, path::PathBuf, process::Command};

use serde::{Deserialize, Serialize};

use crate::{Outcome, case::Case};

/// What was counted last, and with which compiler.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Baseline {
    pub(crate) compiler: String,
    pub(crate) instructions: BTreeMap<String, u64>,
}

impl Baseline {
    pub(crate) fn new(counts: &[(Case, u64)]) -> Self {
        let counts = counts.iter();
        Self {
            compiler: Self::compiler(),
            instructions: counts
                .map(|(case, count)| (case.name().to_owned(), *count))
                .collect(),
        }
    }

    pub(crate) fn read() -> Outcome<Self> {
        let text = fs::read_to_string(path())?;
        Ok(serde_json::from_str(&text)?)
    }

    pub(crate) fn write(&self) -> Outcome {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(fs::write(path(), text)?)
    }

    /// The compiler that stands beside this program, and the processor it compiles for.
    pub(crate) fn compiler() -> String {
        let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
        let output = Command::new(rustc).arg("--version").output();
        let version = output.map(|output| output.stdout).unwrap_or_default();
        let version = String::from_utf8_lossy(&version);
        // The rest is the commit and the date of the same release.
        let version = version.split(" (").next().unwrap_or_default().trim();
        format!("{version} {}", env::consts::ARCH)
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("baseline.json")
}

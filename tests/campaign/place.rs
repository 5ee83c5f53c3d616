//! Where a child keeps what it does, and how it is called.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::campaign::{mutant::Mutant, strace::Watch};

/// A folder with a store and all that lies beside it.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The disk that may be full or broken.
    pub(crate) fn disk(&self) -> PathBuf {
        self.0.join("disk")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.disk().join("store")
    }

    pub(crate) fn payloads(&self) -> PathBuf {
        self.disk().join("payloads")
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.disk().join("backups")
    }

    /// Attempts of the default queue.
    pub(crate) fn steps(&self) -> PathBuf {
        self.0.join("steps.txt")
    }

    /// Attempts of the queue that is paused and limited.
    pub(crate) fn bank(&self) -> PathBuf {
        self.0.join("bank.txt")
    }

    /// What the archive has taken.
    pub(crate) fn archive(&self) -> PathBuf {
        self.0.join("archive.txt")
    }

    /// What was said to people in the last life whose disk failed.
    pub(crate) fn errors(&self) -> PathBuf {
        self.0.join("errors.txt")
    }

    /// What was seen of system calls in the last life.
    pub(crate) fn trace(&self) -> PathBuf {
        self.0.join("trace.txt")
    }
}

/// How the program is called as a child of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// Lives on a disk that does as it should.
    Live,
    /// Lives on a disk that may refuse what it writes.
    LiveTolerant,
    /// Lives with a clock that is ahead.
    Expire,
    /// Compacts the store.
    Compact,
}

impl Role {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Live => &["live"],
            Self::LiveTolerant => &["live", "--tolerant"],
            Self::Expire => &["live", "--expires"],
            Self::Compact => &["compact"],
        }
    }
}

/// The command for a child, which is watched if somebody wants that.
pub(crate) fn command(
    program: &Path,
    folder: &Folder,
    role: Role,
    watch: Option<&Watch>,
    mutant: Option<Mutant>,
) -> io::Result<Command> {
    let mut command = match watch {
        Some(watch) => watch.command(folder, program)?,
        None => Command::new(program),
    };
    command.args(role.arguments()).arg(folder.path());
    if let (Some(mutant), true) = (mutant, role != Role::Compact) {
        command.args(["--mutant", &mutant.to_string()]);
    }
    if role == Role::LiveTolerant {
        // sled panics where it cannot flush while it is dropped; the engine says what matters.
        command.stderr(File::create(folder.errors())?);
    }
    Ok(command)
}

//! How the command ends, for whoever runs it from a program.

use std::process::ExitCode;

use clap::ValueEnum;

/// How the command has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[non_exhaustive]
pub enum Exit {
    /// 0: it has done what was asked for.
    Done,
    /// 1: it was refused, and nothing was changed: the run is closed, a filter or a file cannot be
    /// read, you may not do this.
    Refused,
    /// 2: the command line does not say what to do.
    Usage,
    /// 3: there is no such run, schedule, file or store.
    NotFound,
    /// 4: the engine cannot be reached or does not answer now, or the store is in use; nothing was
    /// changed. Try again later.
    Unavailable,
    /// 5: the connection was lost or the engine stopped meanwhile, and whether anything was changed is
    /// not known.
    Unknown,
    /// 6: it was accepted and has failed, or what was checked is damaged.
    Failed,
}

impl Exit {
    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Unavailable => 4,
            Self::Unknown => 5,
            Self::Failed => 6,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

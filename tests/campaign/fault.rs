//! What is the matter with the disk in some of the lives.

use derive_more::Display;

/// What the disk answers at some moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display, clap::ValueEnum)]
pub enum Fault {
    /// Nothing is the matter.
    #[display("none")]
    None,
    /// There is no room: from one write or sync on, or because the file system is really full.
    #[display("enospc")]
    Enospc,
    /// One write or sync fails, or all from there on do.
    #[display("eio")]
    Eio,
}

impl Fault {
    /// As strace calls it.
    pub(crate) fn errno(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Enospc => Some("ENOSPC"),
            Self::Eio => Some("EIO"),
        }
    }
}

//! Stopping a process at a system call that changes its disk, or having the call fail.
//!
//! strace does it, as for the power cuts; it lives apart from the process (`-D`), so whoever kills the
//! process kills nothing else. It counts calls by thread and by kind.

use std::{fs, io, path::Path, process::Command};

use crate::campaign::place::Folder;

/// The calls at which a process is killed.
const CALLS: &[&str] = &[
    "write",
    "pwrite64",
    "fdatasync",
    "fsync",
    "ftruncate",
    "rename",
    "unlink",
    "mkdir",
    "sync_file_range",
];
/// The calls that fail.
const FAILING: &[&str] = &["write", "pwrite64", "fdatasync", "fsync", "ftruncate"];
/// Journal files of a store whose names are known; there are fewer.
const JOURNAL_FILES_MAX: u32 = 100;
/// Payloads of a life whose names are known while they are written.
const PAYLOADS_MAX: u32 = 200;

/// What is done at which call.
#[derive(Clone, Debug, derive_more::Display)]
pub(crate) enum Watch {
    /// The process is killed when a thread makes a call of this kind for the so-manieth time.
    #[display("killed at {call} {nth}")]
    Kill { call: &'static str, nth: u64 },
    /// The call fails, and so do all after it if that is said.
    #[display("{errno} from {call} {nth}{}", if *stays { " on" } else { "" })]
    Fail {
        call: &'static str,
        errno: &'static str,
        nth: u64,
        stays: bool,
    },
}

impl Watch {
    /// Kills at a call that is drawn.
    pub(crate) fn kill(draw: &mut impl FnMut(u64) -> u64) -> Self {
        Self::Kill {
            call: pick(CALLS, draw),
            nth: nth(draw),
        }
    }

    /// Has a call fail that is drawn.
    pub(crate) fn fail(errno: &'static str, draw: &mut impl FnMut(u64) -> u64) -> Self {
        Self::Fail {
            call: pick(FAILING, draw),
            errno,
            nth: nth(draw),
            stays: errno == "ENOSPC" || draw(2) == 0,
        }
    }

    /// The command that watches a program in this folder.
    pub(crate) fn command(&self, folder: &Folder, program: &Path) -> io::Result<Command> {
        let mut strace = Command::new("strace");
        strace.args(["-D", "-f", "-y", "-qqq", "--signal=none", "-o"]);
        strace.arg(folder.trace());
        let (call, inject) = match self {
            Self::Kill { call, nth } => (call, format!("signal=SIGKILL:when={nth}")),
            Self::Fail {
                call,
                errno,
                nth,
                stays,
            } => {
                // With it the calls of a kind that is not watched cost nothing; it knows no signals.
                strace.arg("--seccomp-bpf");
                let on = if *stays { "+" } else { "" };
                (call, format!("error={errno}:when={nth}{on}"))
            }
        };
        strace.args(["-e", &format!("trace={call}")]);
        strace.args(["-e", &format!("inject={call}:{inject}")]);
        // A process writes to much that is no disk. What else kills it changes one, whichever it is.
        let is_kill = matches!(self, Self::Kill { .. });
        if !is_kill || *call == "write" {
            for path in paths(folder)? {
                strace.arg("-P").arg(path);
            }
        }
        strace.arg(program);
        Ok(strace)
    }

    /// Whether a call has failed on the store itself, by what was seen of the last life.
    pub(crate) fn has_hit_the_store(folder: &Folder) -> io::Result<bool> {
        let trace = match fs::read(folder.trace()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let store = format!("<{}/", folder.store().display());
        let trace = String::from_utf8_lossy(&trace);
        let mut lines = trace.lines();
        Ok(lines.any(|line| line.ends_with("(INJECTED)") && line.contains(&store)))
    }
}

/// The files and folders of a store and its payloads, by the names that they have or may get.
fn paths(folder: &Folder) -> io::Result<Vec<std::path::PathBuf>> {
    let (store, payloads) = (folder.store(), folder.payloads());
    let mut paths = vec![store.clone(), payloads.clone()];
    let journal = |number| store.join(format!("sempre.journal.{number}"));
    paths.extend((0..JOURNAL_FILES_MAX).map(journal));
    let unfinished = payloads.join("unfinished");
    paths.extend((0..PAYLOADS_MAX).map(|number| unfinished.join(number.to_string())));
    for name in ["db", "conf", "sempre.compacted", "sempre.compacted/db"] {
        paths.push(store.join(name));
    }
    for parent in [store, payloads] {
        if let Ok(entries) = fs::read_dir(parent) {
            for entry in entries {
                paths.push(entry?.path());
            }
        }
    }
    Ok(paths)
}

fn pick(calls: &[&'static str], draw: &mut impl FnMut(u64) -> u64) -> &'static str {
    let index = usize::try_from(draw(calls.len() as u64)).unwrap_or_default();
    calls.get(index).copied().unwrap_or("fdatasync")
}

/// Small numbers are as likely as large ones, by their length.
fn nth(draw: &mut impl FnMut(u64) -> u64) -> u64 {
    let bits = draw(7);
    (1 << bits) + draw(1 << bits)
}

//! What the operating system calls a thread, so that a debugger can be pointed at it.

use std::{fs, thread};

use derive_more::Display;

/// A thread's name and its number.
///
/// The number is known on Linux only, where the file system tells it; elsewhere debuggers show
/// names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Display)]
#[display("thread={name} os_thread_id={}", self.id())]
pub(crate) struct OsThread {
    name: String,
    id: Option<String>,
}

impl OsThread {
    /// The calling thread.
    pub(crate) fn current() -> Self {
        Self {
            name: thread::current().name().unwrap_or_default().to_owned(),
            // `<process>/task/<thread>`
            id: fs::read_link("/proc/thread-self").ok().and_then(|path| {
                let id = path.file_name()?;
                Some(id.to_string_lossy().into_owned())
            }),
        }
    }

    /// Its name, which threads that replace each other share.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its number in the operating system, or `unknown`.
    pub(crate) fn id(&self) -> &str {
        self.id.as_deref().unwrap_or("unknown")
    }
}

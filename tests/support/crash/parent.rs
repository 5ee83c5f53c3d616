//! What a process that is killed says to its parent and is asked by it: a line each.

use std::{
    env,
    fmt::Display,
    io::{self, Write as _},
    process, thread,
};

use futures::channel::mpsc;

/// The requests as they come, until the parent has no more. One that cannot be read ends the process.
pub fn requests<R: Send + 'static>(
    read: impl Fn(&str) -> Result<R, String> + Send + 'static,
) -> mpsc::UnboundedReceiver<R> {
    // Bound: a parent asks for a few things per run.
    let (sender, receiver) = mpsc::unbounded();
    thread::spawn(move || {
        for line in io::stdin().lines() {
            let line = line.map_err(|error| error.to_string());
            match line.and_then(|line| read(&line)) {
                // An error means that the engine has stopped, and so has this process.
                Ok(request) => drop(sender.unbounded_send(request)),
                Err(error) => fail(&error),
            }
        }
    });
    receiver
}

/// Says so to the parent, in one write.
///
/// # Errors
/// If the parent listens no more.
pub fn say(line: &dyn Display) -> io::Result<()> {
    let mut parent = io::stdout().lock();
    parent.write_all(format!("{line}\n").as_bytes())?;
    parent.flush()
}

/// Ends the process, which has failed for this reason.
#[expect(clippy::print_stderr, reason = "the parent passes it on")]
pub fn fail(why: &dyn Display) -> ! {
    let program = env::args().next().unwrap_or_default();
    eprintln!("{program}: {why}");
    process::exit(1);
}

//! One life of a child, from its start to the kill.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use crate::crash::protocol::READY;

/// Bound: how long everything may take to end once nobody kills any more.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who asks children, one after the other, and is told what they acknowledge.
pub trait Asker {
    /// Another child begins to live.
    fn begin_life(&mut self);

    /// Takes note of a line that the child has said, and says what to ask for next, a line each.
    ///
    /// # Errors
    /// What is not as it was promised.
    fn handle_line(&mut self, line: &str) -> Result<Vec<String>, String>;

    /// What has not come to its end; once there is nothing, a child that nobody kills ends.
    fn open(&self) -> Vec<String>;

    /// Whether the child is to be asked for nothing more, and to end by itself.
    fn all_is_done(&self) -> bool;
}

/// When a life ends.
#[derive(Clone, Copy, Debug)]
pub enum Doom {
    /// It is killed so long after its start.
    AfterSpawn(Duration),
    /// It is killed so long after its engine has started.
    AfterReady(Duration),
    /// It ends by itself when all is done.
    WhenAllIsDone,
}

/// How a life has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It was killed, by us or by whoever watches its system calls.
    Killed,
    /// It has ended by itself, in good order.
    ByItself,
}

/// Lets a child live, and asks it for what the asker wants.
///
/// # Errors
/// If something is not as it was promised, or the child ends in another way than it should.
pub fn live(
    mut command: Command,
    asker: &mut impl Asker,
    doom: Doom,
) -> Result<End, Box<dyn Error>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut requests = child.stdin.take();
    let replies = child.stdout.take().ok_or("a child has an output")?;
    let child = Arc::new(Mutex::new(child));
    let (arm, armed) = mpsc::channel();
    let executioner = {
        let child = Arc::clone(&child);
        thread::spawn(move || kill_in_time(&child, &armed))
    };
    match doom {
        Doom::AfterSpawn(lifetime) => arm.send(lifetime)?,
        Doom::AfterReady(_) => {}
        Doom::WhenAllIsDone => arm.send(PATIENCE)?,
    }

    asker.begin_life();
    let mut replies = BufReader::new(replies);
    let mut line = String::new();
    // A line that a kill cut short acknowledges nothing.
    while replies.read_line(&mut line)? > 0 && line.ends_with('\n') {
        if let (READY, Doom::AfterReady(lifetime)) = (line.trim_end(), doom) {
            arm.send(lifetime)?;
        }
        let asked = asker.handle_line(line.trim_end())?;
        line.clear();
        ask(&mut requests, &asked);
        if asker.all_is_done() {
            requests = None;
        }
    }

    drop(arm);
    let killed = executioner.join().map_err(|_| "the executioner panicked")?;
    let status = child
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .wait()?;
    match doom {
        Doom::WhenAllIsDone if killed => Err(format!("still open: {:?}", asker.open()).into()),
        _ if status.success() => Ok(End::ByItself),
        _ if killed || was_killed(status) => Ok(End::Killed),
        _ => Err(format!("the child ended by itself: {status}").into()),
    }
}

fn ask(requests: &mut Option<ChildStdin>, asked: &[String]) {
    if let Some(requests) = requests {
        for request in asked {
            // A child that was killed meanwhile reads nothing; the next one is asked again.
            let _killed = requests.write_all(format!("{request}\n").as_bytes());
        }
    }
}

/// Waits for a lifetime and then for its end; returns whether the child was killed.
fn kill_in_time(child: &Mutex<Child>, armed: &Receiver<Duration>) -> bool {
    let Ok(lifetime) = armed.recv() else {
        return false;
    };
    match armed.recv_timeout(lifetime) {
        Err(RecvTimeoutError::Timeout) => {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            child.kill().is_ok()
        }
        Ok(_) | Err(RecvTimeoutError::Disconnected) => false,
    }
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGKILL: i32 = 9;
    status.signal() == Some(SIGKILL)
}

#[cfg(not(unix))]
fn was_killed(_: ExitStatus) -> bool {
    false
}

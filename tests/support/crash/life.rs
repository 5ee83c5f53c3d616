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

    /// Whether a line says that the engine has started.
    fn is_ready(&self, line: &str) -> bool {
        line == READY
    }

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
        if let Doom::AfterReady(lifetime) = doom
            && asker.is_ready(line.trim_end())
        {
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
    let killing = executioner.join().map_err(|_| "the executioner panicked")?;
    let status = child
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .wait()?;
    match (killing, doom) {
        (Killing::NotReady, _) => Err("the engine does not start".into()),
        (Killing::Done, Doom::WhenAllIsDone) => {
            Err(format!("still open: {:?}", asker.open()).into())
        }
        _ if status.success() => Ok(End::ByItself),
        (Killing::Done, _) => Ok(End::Killed),
        _ if was_killed(status) => Ok(End::Killed),
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

/// What became of an execution.
enum Killing {
    /// The child had ended.
    NotNeeded,
    /// It was killed when its lifetime was over.
    Done,
    /// It was killed because nobody heard that it is ready.
    NotReady,
}

/// Waits for a lifetime and then for its end.
fn kill_in_time(child: &Mutex<Child>, armed: &Receiver<Duration>) -> Killing {
    let (lifetime, killing) = match armed.recv_timeout(PATIENCE) {
        Ok(lifetime) => (lifetime, Killing::Done),
        Err(RecvTimeoutError::Timeout) => (Duration::ZERO, Killing::NotReady),
        Err(RecvTimeoutError::Disconnected) => return Killing::NotNeeded,
    };
    match armed.recv_timeout(lifetime) {
        Err(RecvTimeoutError::Timeout) => {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            // One that has just ended cannot be killed.
            child.kill().map_or(Killing::NotNeeded, |()| killing)
        }
        Ok(_) | Err(RecvTimeoutError::Disconnected) => Killing::NotNeeded,
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

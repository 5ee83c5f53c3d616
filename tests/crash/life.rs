//! One life of the child, from its start to the kill.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use sempre_tests::crash::protocol::{Reply, Request};

use crate::{PATIENCE, place::Place, world::World};

/// When a life ends.
#[derive(Clone, Copy)]
pub(crate) enum Doom {
    /// It is killed so long after its start.
    AfterSpawn(Duration),
    /// It is killed so long after its engine has started.
    AfterReady(Duration),
    /// It ends by itself when all journeys have closed.
    WhenAllIsDone,
}

/// Lets a child live, and asks it for what the world wants.
pub(crate) fn live(place: &Place, world: &mut World, doom: Doom) -> Result<(), Box<dyn Error>> {
    let mut child = place.spawn()?;
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

    world.begin_life();
    let mut replies = BufReader::new(replies);
    let mut line = String::new();
    // A line that a kill cut short acknowledges nothing.
    while replies.read_line(&mut line)? > 0 && line.ends_with('\n') {
        let reply: Reply = line.parse()?;
        line.clear();
        if let (Reply::Ready, Doom::AfterReady(lifetime)) = (&reply, doom) {
            arm.send(lifetime)?;
        }
        let asked = world.handle_reply(reply)?;
        ask(&mut requests, &asked);
        if world.all_is_done() {
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
        Doom::WhenAllIsDone if killed => Err(format!("still open: {:?}", world.open()).into()),
        Doom::WhenAllIsDone if status.success() => Ok(()),
        _ if killed => Ok(()),
        _ => Err(format!("the child ended by itself: {status}").into()),
    }
}

fn ask(requests: &mut Option<ChildStdin>, asked: &[Request]) {
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

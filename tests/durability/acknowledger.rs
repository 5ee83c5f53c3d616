//! A process that says, line by line, what has been acknowledged to it.
//!
//! Its arguments are a folder, a number of notes, and whether it is `careless`. Each line is `ack` and a text that is part of
//! what was acknowledged: the start of an execution, an attempt of an activity, a signal, a result.
//! When all notes are taken it says `ready` and lives on, with its store open, until its standard
//! input is closed.

use std::{
    error::Error,
    io::{self, Read as _, Write as _},
};

use sempre::{
    ActivityError, Engine, Workflow, WorkflowContext, activity, handlers, storage::Durability,
};
use sempre_tests::{
    block_on,
    workflow::{Board, BoardHandle as _},
};

/// Says a line, with one write.
fn say(line: &str) -> io::Result<()> {
    io::stdout()
        .lock()
        .write_all(format!("{line}\n").as_bytes())
}

/// Says that it runs: its start has been acknowledged to it.
#[activity(start_to_close = "1m")]
fn run(mut text: String) -> bool {
    text.insert_str(0, "ack ");
    say(&text).is_ok()
}

#[derive(Workflow, Default)]
struct Runner;

#[handlers]
impl Runner {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        text: String,
    ) -> Result<String, ActivityError<std::convert::Infallible>> {
        ctx.activity(run, format!("attempt of {text}")).await?;
        Ok(format!("result of {text}"))
    }
}

async fn acknowledge(
    folder: &str,
    notes: u32,
    durability: Durability,
) -> Result<(), Box<dyn Error>> {
    let engine = Engine::open(folder).durability(durability);
    let engine = engine.workflow::<Board>().workflow::<Runner>();
    let engine = engine.activities(run).start().await?;
    let runner = engine.workflow::<Runner>("runner");
    let runner = runner.start("the runner".to_owned()).await?;
    say("ack the runner")?;
    say(&format!("ack {}", runner.result().await?))?;
    let board = engine.workflow::<Board>("board");
    let board = board.start(()).await?;
    for number in 0..notes {
        let note = format!("note {number:06}");
        board.post(note.clone()).await?;
        say(&format!("ack {note}"))?;
    }
    say("ready")?;
    io::stdin().read_to_end(&mut Vec::new())?;
    engine.shutdown().await;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("the first argument is a folder")?;
    let notes = arguments.next().ok_or("the second argument is a number")?;
    let durability = match arguments.next().as_deref() {
        Some("careless") => Durability::Deferred,
        _ => Durability::Fsync,
    };
    block_on(acknowledge(&folder, notes.parse()?, durability))
}

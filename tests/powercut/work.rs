//! The process that is recorded: it carries out one life of a plan and says what was acknowledged.

use std::{
    error::Error,
    io::{self, Write as _},
    path::Path,
    process,
};

use sempre::storage::{SledStore, WriteStore as _};

use crate::powercut::plan::{End, Plan};

/// What a line begins with that acknowledges the group whose number follows.
pub(crate) const ACKNOWLEDGED: &str = "ack ";

/// Lives a life on the store in this folder; does not return from one that is killed.
pub fn work(plan: Plan, life: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let lives = plan.lives();
    let life = lives.get(life).ok_or("a plan has no such life")?;
    let groups = plan.groups();
    let store = SledStore::open(folder, Plan::options())?;
    for (number, group) in groups.iter().enumerate() {
        if life.groups.contains(&number) {
            store.commit(group)?;
            acknowledge(number)?;
        }
    }
    if life.end == End::Killed {
        // As a kill does, this runs no destructor: whatever threads still do ends where it is.
        process::exit(0);
    }
    Ok(())
}

fn acknowledge(number: usize) -> io::Result<()> {
    let line = format!("{ACKNOWLEDGED}{number}\n");
    io::stdout().lock().write_all(line.as_bytes())
}

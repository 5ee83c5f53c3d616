//! The workload of large values: whatever is said and told is larger than what a record keeps.

use std::{fmt, str::FromStr};

use derive_more::Display;
use sempre::{ApplicationFailure, OrFailure as _, Workflow, WorkflowContext, activity, handlers};

/// From here on payloads are put away.
pub const THRESHOLD_BYTES: usize = 2 * 1024;

/// Parcels that are given equal values, and so share what is kept of them.
const SHARED_BY: u32 = 3;

/// What is asked of the child about a parcel, and what it acknowledges.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Display)]
pub enum Step {
    /// Sends it; and says that it has started.
    #[display("send")]
    Send,
    /// Its note is recorded.
    #[display("note")]
    Note,
    /// What was added to it is recorded, and the answer was right.
    #[display("add")]
    Add,
    /// It has closed, with the result that it has to have.
    #[display("close")]
    Close,
    /// Deletes it and its leaf; and says that both have gone.
    #[display("delete")]
    Delete,
    /// Waits until nothing is in the payload storage, and says so.
    #[display("empty")]
    Empty,
}

/// A step of a parcel, as a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
#[display("{step} {parcel}")]
pub struct Line {
    /// What is done.
    pub step: Step,
    /// The number of the parcel.
    pub parcel: u32,
}

impl FromStr for Line {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let wrong = || format!("no step of a parcel: {line}");
        let (step, parcel) = line.split_once(' ').ok_or_else(wrong)?;
        let step = match step {
            "send" => Step::Send,
            "note" => Step::Note,
            "add" => Step::Add,
            "close" => Step::Close,
            "delete" => Step::Delete,
            "empty" => Step::Empty,
            _ => return Err(wrong()),
        };
        let parcel = parcel
            .parse()
            .map_err(|_: std::num::ParseIntError| wrong())?;
        Ok(Self { step, parcel })
    }
}

/// The id of a parcel.
pub fn parcel_id(parcel: u32) -> String {
    format!("parcel-{parcel:05}")
}

/// The id of the child of the parcel with this id.
pub fn leaf_id(parcel_id: impl fmt::Display) -> String {
    format!("{parcel_id}-leaf")
}

/// What a parcel begins with, which some have in common.
pub fn input(parcel: u32) -> String {
    large("input", parcel / SHARED_BY)
}

/// What is said to a parcel by its signal.
pub fn note(parcel: u32) -> String {
    large("note", parcel)
}

/// What is said to a parcel by its update.
pub fn added(parcel: u32) -> String {
    large("added", parcel / SHARED_BY)
}

/// What a parcel returns.
pub fn result(parcel: u32) -> Vec<String> {
    let (input, note, added) = (input(parcel), note(parcel), added(parcel));
    let local = stamped(&local_input(&input));
    vec![stamped(&input), local, leaf_input(&input), note, added]
}

/// A value that is put away: most are a few pages, some more than a hundred.
fn large(name: &str, number: u32) -> String {
    let bytes = match number % 16 {
        15 => 500_000,
        small => (small as usize + 2) * THRESHOLD_BYTES,
    };
    format!("{name} {number} {}", "x".repeat(bytes))
}

fn stamped(value: &str) -> String {
    format!("stamped {value}")
}

fn local_input(value: &str) -> String {
    format!("local {value}")
}

fn leaf_input(value: &str) -> String {
    format!("leaf {value}")
}

/// Gives back a larger value than it is given.
#[activity(start_to_close = "10s")]
pub async fn stamp(value: String) -> String {
    stamped(&value)
}

/// The child of a parcel: gives back what it is given.
#[derive(Workflow, Default, Debug)]
pub struct Leaf;

#[handlers]
impl Leaf {
    #[run]
    async fn run(_: WorkflowContext<Self>, value: String) -> Result<String, ApplicationFailure> {
        Ok(value)
    }
}

/// Has a large value in all that it says and is told, and gives back all of them.
#[derive(Workflow, Default, Debug)]
pub struct Parcel {
    note: Option<String>,
    added: Option<String>,
}

#[handlers]
impl Parcel {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        value: String,
    ) -> Result<Vec<String>, ApplicationFailure> {
        let leaf = ctx.child::<Leaf>(leaf_id(&ctx.info().execution.workflow_id));
        let leaf = leaf.run(leaf_input(&value));
        let activity = ctx.activity(stamp, value.clone()).await;
        let local = ctx.local_activity(stamp, local_input(&value)).await;
        let leaf = leaf.await.or_failure("Leaf")?;
        let complete = ctx.wait_until(|it| it.note.is_some() && it.added.is_some());
        complete.await.or_failure("Canceled")?;
        let (note, added) = ctx.state(|it| (it.note.clone(), it.added.clone()));
        let (activity, local) = (activity.or_failure("Stamp")?, local.or_failure("Local")?);
        let told = [note, added].into_iter().flatten();
        Ok([activity, local, leaf].into_iter().chain(told).collect())
    }

    /// Takes a note.
    #[signal]
    pub fn note(&mut self, note: String) {
        self.note = Some(note);
    }

    /// Takes something more, and gives it back.
    #[update]
    pub fn add(&mut self, value: String) -> String {
        self.added = Some(value.clone());
        value
    }
}

//! The code of the runs in golden stores.
//!
//! Runs of the oldest store go on with it, so what it does about a step is never changed. Steps are
//! added at the end.

use std::time::Duration;

use derive_more::{Display, Error};
use sempre::{
    ActivityContext, ActivityError, Canceled, Failure, SearchAttribute, Workflow, WorkflowContext,
    activity, handlers, model::MemoUpdate,
};
use serde::{Deserialize, Serialize};

pub(crate) const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");
pub(crate) const AMOUNT: SearchAttribute<i64> = SearchAttribute::int("Amount");

/// What an errand does next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Step {
    /// Sleep for so many seconds.
    Sleep(u64),
    /// Wait until somebody says go.
    Wait,
    /// Have this worked on.
    Work(String),
    /// The same on the spot.
    Chore(String),
    /// Send somebody on an errand, and wait for what comes of it.
    Send(String, Vec<Step>),
    /// Have a customer.
    Customer(String),
    /// Have a memo.
    Memo(String),
    /// Take the new way.
    Patch,
    /// Go on as a new run.
    Renew(Vec<Step>),
    /// Fail.
    Fail,
}

/// Why an errand fails.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error, Failure)]
pub(crate) enum ErrandError {
    #[display("it was to fail")]
    Meant,
    #[display("canceled")]
    Canceled(#[failure(cause)] Canceled),
    #[display("work was in vain")]
    Vain,
}

impl From<Canceled> for ErrandError {
    fn from(canceled: Canceled) -> Self {
        Self::Canceled(canceled)
    }
}

impl<E> From<ActivityError<E>> for ErrandError {
    fn from(_: ActivityError<E>) -> Self {
        Self::Vain
    }
}

/// Why work has to be done again.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error, Failure)]
#[display("not now")]
pub(crate) struct NotNow;

/// Works: what is `later` at the second attempt, what is `outside` by somebody else.
#[activity(start_to_close = "1h")]
pub(crate) async fn work(ctx: ActivityContext, what: String) -> Result<String, NotNow> {
    match what.as_str() {
        "later" if ctx.info().attempt == 1 => Err(NotNow),
        "outside" => match ctx.complete_async().await {},
        _ => Ok(format!("worked on {what}")),
    }
}

#[activity(start_to_close = "10s")]
pub(crate) async fn chore(what: String) -> String {
    format!("did {what}")
}

/// Does its steps one after the other, and returns what came of them.
#[derive(Workflow, Default, Debug)]
pub(crate) struct Errand {
    goes: u32,
    released: bool,
    done: Vec<String>,
}

#[handlers]
impl Errand {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, steps: Vec<Step>) -> Result<Vec<String>, ErrandError> {
        for step in steps {
            let done = match step {
                Step::Sleep(seconds) => {
                    ctx.sleep(Duration::from_secs(seconds)).await?;
                    "slept".to_owned()
                }
                Step::Wait => {
                    ctx.wait_until(|errand| errand.goes > 0).await?;
                    ctx.update(|errand| errand.goes -= 1);
                    "went".to_owned()
                }
                Step::Work(what) => {
                    let id = what.clone();
                    ctx.activity(work, what).activity_id(id).await?
                }
                Step::Chore(what) => ctx.local_activity(chore, what).await?,
                Step::Send(id, steps) => {
                    let child = ctx.child::<Self>(id).run(steps).await;
                    child.map_or_else(|_| "lost".to_owned(), |done| done.join(", "))
                }
                Step::Customer(name) => {
                    ctx.upsert_search_attributes([CUSTOMER.set(name)]);
                    "known".to_owned()
                }
                Step::Memo(text) => {
                    ctx.upsert_memo([MemoUpdate::set("note", text)]);
                    "noted".to_owned()
                }
                Step::Patch => {
                    let way = if ctx.patched("new-way") { "new" } else { "old" };
                    format!("{way} way")
                }
                Step::Renew(steps) => match ctx.continue_as_new(steps).await {},
                Step::Fail => return Err(ErrandError::Meant),
            };
            ctx.update(|errand| errand.done.push(done));
        }
        Ok(ctx.state(|errand| errand.done.clone()))
    }

    #[signal]
    pub(crate) fn go(&mut self) {
        self.goes += 1;
    }

    #[signal]
    pub(crate) fn release(&mut self) {
        self.released = true;
    }

    /// Takes a note; says how much there is.
    #[update]
    pub(crate) fn note(&mut self, text: String) -> usize {
        self.done.push(text);
        self.done.len()
    }

    /// Takes a note once it is released.
    #[update]
    pub(crate) async fn keep(
        ctx: WorkflowContext<Self>,
        text: String,
    ) -> Result<usize, ErrandError> {
        ctx.wait_until(|errand| errand.released).await?;
        Ok(ctx.update(|errand| {
            errand.done.push(text);
            errand.done.len()
        }))
    }

    #[query]
    pub(crate) fn done(&self) -> Vec<String> {
        self.done.clone()
    }
}

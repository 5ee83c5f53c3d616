//! A workflow that speaks to others.

use std::{convert::Infallible, time::Duration};

use sempre::{
    Workflow, WorkflowContext, handlers,
    model::RunId,
    workflow::{ExternalMessage, ExternalWorkflow},
};
use serde::{Deserialize, Serialize};

use crate::workflow::{Board, BoardSignals as _};

/// What a courier does about a [`Board`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Errand {
    /// Posts a note there.
    Post(String, String),
    /// Posts a note there, at this run.
    PostAt(String, RunId, String),
    /// Posts notes there, all at once.
    PostAll(String, Vec<String>),
    /// Closes it.
    Close(String),
    /// Asks it to stop.
    Cancel(String),
    /// Posts a note there and waits for nothing, neither now nor later.
    Leave(String, String),
    /// Begins to post a note there, and has second thoughts.
    Withdraw(String, String),
    /// Sleeps for so many seconds.
    Sleep(u64),
}

/// Runs errands, one after the other, and says how they went.
#[derive(Workflow, Default, Debug)]
pub struct Courier {
    left: Vec<ExternalMessage>,
    done: Vec<String>,
}

#[handlers]
impl Courier {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        errands: Vec<Errand>,
    ) -> Result<Vec<String>, Infallible> {
        let board = |id: String| -> ExternalWorkflow<Board> { ctx.external(id) };
        for errand in errands {
            let outcome = match errand {
                Errand::Post(id, note) => board(id).post(note).await,
                Errand::PostAt(id, run_id, note) => board(id).at_run(run_id).post(note).await,
                Errand::PostAll(id, notes) => {
                    let board = board(id);
                    let posts: Vec<_> = notes.into_iter().map(|note| board.post(note)).collect();
                    let mut outcome = Ok(());
                    for post in posts {
                        outcome = outcome.and(post.await);
                    }
                    outcome
                }
                Errand::Close(id) => board(id).close().await,
                Errand::Cancel(id) => board(id).cancel("enough").await,
                Errand::Leave(id, note) => {
                    let message = board(id).post(note);
                    ctx.update(|courier| courier.left.push(message));
                    Ok(())
                }
                Errand::Withdraw(id, note) => {
                    drop(board(id).post(note));
                    Ok(())
                }
                Errand::Sleep(seconds) => {
                    // Replay: a cancellation ends the pause, and the errands go on.
                    let _canceled = ctx.sleep(Duration::from_secs(seconds)).await;
                    Ok(())
                }
            };
            let said = outcome.map_or_else(|error| format!("{error:?}"), |()| "done".to_owned());
            ctx.update(|courier| courier.done.push(said));
        }
        Ok(ctx.state(|courier| courier.done.clone()))
    }

    /// How the errands went so far.
    #[query]
    pub fn done(&self) -> Vec<String> {
        self.done.clone()
    }
}

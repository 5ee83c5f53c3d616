//! Every request that a caller can make of a [`Board`], and what comes of it in a line of text.

use std::fmt::Debug;

use sempre::{Engine, client::RequestOutcome, model::WorkflowIdReusePolicy};

use crate::workflow::{Board, BoardHandle as _};

/// A request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// Start the execution, which has not been started before.
    Start,
    /// Signal it.
    Signal,
    /// Ask it to stop.
    Cancel,
    /// End it.
    Terminate,
    /// Ask its program.
    Query,
    /// Ask how it stands.
    Describe,
    /// Read its history.
    History,
    /// Wait for its result.
    Result,
    /// Take it back from quarantine.
    Resume,
}

impl Request {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Start,
        Self::Signal,
        Self::Cancel,
        Self::Terminate,
        Self::Query,
        Self::Describe,
        Self::History,
        Self::Result,
        Self::Resume,
    ];

    /// Those that change something which is written.
    pub const CHANGES: [Self; 4] = [Self::Start, Self::Signal, Self::Cancel, Self::Terminate];

    /// Makes the request with this text as its input or its reason, and says what comes of it:
    /// `done`, or the variant of the error and its outcome.
    pub async fn make(self, engine: &Engine, workflow_id: &str, text: &str) -> String {
        let board = engine.workflow::<Board>(workflow_id);
        let never_again = WorkflowIdReusePolicy::RejectDuplicate;
        match self {
            Self::Start => {
                let start = board
                    .start(())
                    .id_reuse_policy(never_again)
                    .request_id(text);
                said(start.await, |error| error.outcome())
            }
            Self::Signal => said(board.post(text.into()).await, |error| error.outcome()),
            Self::Cancel => said(board.cancel(text).await, |error| error.outcome()),
            Self::Terminate => said(board.terminate(text).await, |error| error.outcome()),
            Self::Query => said(board.notes().await, |error| error.outcome()),
            Self::Describe => said(board.describe().await, |error| error.outcome()),
            Self::History => said(board.history().await, |error| error.outcome()),
            Self::Result => said(board.result().await, |error| error.outcome()),
            Self::Resume => said(engine.resume(workflow_id).await, |error| error.outcome()),
        }
    }
}

fn said<T, E: Debug>(answer: Result<T, E>, outcome: impl Fn(&E) -> RequestOutcome) -> String {
    match answer {
        Ok(_) => "done".to_owned(),
        Err(error) => format!("{}: {}", variant(&format!("{error:?}")), outcome(&error)),
    }
}

/// The variant that the debug output of an error begins with, inside of `Request(…)` if it is there.
fn variant(debug: &str) -> &str {
    let inner = debug.strip_prefix("Request(").unwrap_or(debug);
    inner
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or(inner)
}

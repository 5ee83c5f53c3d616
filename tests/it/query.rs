//! Queries: they see the state as it is recorded, and leave nothing behind.

use sempre::{
    Canceled, Workflow, WorkflowContext,
    client::{QueryWorkflowError, RequestError},
    definition::Query,
    handlers,
    machine::replay::QueryFailure,
};
use sempre_tests::{
    Outcome, Scenario,
    workflow::{Board, BoardHandle as _, Echo},
};

#[test]
fn a_query_sees_what_has_happened_and_records_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        assert_eq!(board.notes().await?, Vec::<String>::new());
        board.post("a note".into()).await?;
        let before = board.describe().await?.history_length;
        assert_eq!(board.notes().await?, ["a note"]);
        assert_eq!(board.describe().await?.history_length, before);
        Ok(())
    })
}

#[test]
fn a_query_of_a_closed_run_replays_it() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.post("the last word".into()).await?;
        board.close().await?;
        board.result().await?;
        assert_eq!(board.notes().await?, ["the last word"]);
        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("board");
        assert_eq!(board.notes().await?, ["the last word"]);
        Ok(())
    })
}

/// A query that a board does not know.
struct Unknown;

impl Query for Unknown {
    type Workflow = Board;
    type Input = ();
    type Output = String;
    const NAME: &'static str = "unknown";
}

#[test]
fn a_query_that_the_workflow_does_not_know_names_those_it_knows() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let refused = board.query::<Unknown>(()).await;
        let known = "notes".to_owned();
        let failure = QueryFailure::UnknownQuery { known };
        assert_eq!(refused, Err(QueryWorkflowError::Query(failure)));
        Ok(())
    })
}

#[test]
fn a_query_of_an_execution_that_does_not_exist_is_refused() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let refused = world.workflow::<Board>("nowhere").notes().await;
        assert!(
            matches!(
                refused,
                Err(QueryWorkflowError::Request(RequestError::NotFound { .. }))
            ),
            "{refused:?}"
        );
        Ok(())
    })
}

#[test]
fn a_query_before_the_first_workflow_task_is_refused_as_not_ready() -> Outcome {
    Scenario::of::<Echo>().run_unchecked(async |world| {
        // Nobody registered the workflow, so its first workflow task waits.
        let board = world.workflow::<Board>("board").start(()).await?;
        let refused = board.notes().await;
        assert!(
            matches!(&refused, Err(QueryWorkflowError::NotReady { reason })
                if reason.contains("first workflow task")),
            "{refused:?}"
        );
        Ok(())
    })
}

/// Answers with care, or not at all.
#[derive(Workflow, Default)]
struct Touchy {
    insulted: bool,
}

#[handlers]
impl Touchy {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        ctx.wait_until(|state| state.insulted).await
    }

    #[signal]
    fn insult(&mut self) {
        self.insulted = true;
    }

    #[query]
    fn mood(&self, mut question: String) -> String {
        assert!(question.pop() == Some('?'), "that is no question");
        if self.insulted { "bad" } else { "good" }.to_owned()
    }
}

#[test]
fn a_query_handler_that_panics_harms_nobody_but_its_caller() -> Outcome {
    Scenario::of::<Touchy>().run(async |world| {
        let touchy = world.workflow::<Touchy>("touchy").start(()).await?;
        let refused = touchy.mood("How are you".into()).await;
        let Err(QueryWorkflowError::Query(QueryFailure::HandlerFailed { message })) = refused
        else {
            return Err(format!("{refused:?}").into());
        };
        let expected = "that is no question at tests/it/query.rs:";
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(touchy.mood("How are you?".into()).await?, "good");
        touchy.insult().await?;
        touchy.result().await?;
        assert_eq!(touchy.mood("How are you?".into()).await?, "bad");
        Ok(())
    })
}

#[test]
fn a_query_after_an_acknowledged_signal_sees_it_whoever_else_sends_signals() -> Outcome {
    Scenario::of::<Board>().run_in_any_order(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let others = (0..30).map(|number| board.post(format!("other {number}")).into_future());
        let mine = async {
            for number in 0..10 {
                let note = format!("mine {number}");
                board.post(note.clone()).await?;
                let seen = board.notes().await?;
                assert!(seen.contains(&note), "{note} is not in {seen:?}");
            }
            Outcome::Ok(())
        };
        let (others, mine) = futures::join!(futures::future::try_join_all(others), mine);
        others?;
        mine?;
        board.close().await?;
        board.result().await?;
        Ok(())
    })
}

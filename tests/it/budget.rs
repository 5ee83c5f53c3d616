//! Tokio's time budget is none of a workflow's: what its code does follows from history alone.

use std::sync::Arc;

use sempre::{Canceled, Workflow, WorkflowContext, handlers, testing::replay};
use sempre_tests::{Outcome, Scenario, World, block_on};
use tokio::sync::{Mutex, Semaphore, mpsc};

/// More often than tokio's budget allows in one poll of a task.
const TIMES: u64 = 400;

/// Takes a lock, a permit and a message again and again, with a pause half-way.
#[derive(Workflow, Default)]
struct Busy {
    taken: u64,
}

#[handlers]
impl Busy {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u64, Canceled> {
        let (lock, permits) = (Mutex::new(0_u64), Arc::new(Semaphore::new(1)));
        let (sender, mut receiver) = mpsc::channel(1);
        for round in 0..TIMES {
            *ctx.foreign(lock.lock()).await += 1;
            drop(ctx.foreign(permits.acquire()).await);
            let sent = ctx.foreign(sender.send(round)).await;
            assert!(sent.is_ok(), "the receiver is there");
            let received = ctx.foreign(receiver.recv()).await;
            ctx.update(|state| state.taken += u64::from(received == Some(round)));
            if round == TIMES / 2 {
                ctx.sleep(std::time::Duration::from_secs(60)).await?;
            }
        }
        Ok(*ctx.foreign(lock.lock()).await)
    }

    #[query]
    fn taken(&self) -> u64 {
        self.taken
    }
}

async fn runs_to_its_end(world: &World) -> Outcome {
    let busy = world.workflow::<Busy>("busy").start(()).await?;
    world.until(&busy, |run| run.pending_timers == 1).await?;
    assert_eq!(busy.taken().await?, TIMES / 2 + 1);
    world.pass_seconds(60).await;
    assert_eq!(busy.result().await?, TIMES);
    let history = busy.history().await?;
    // Both in the one task of tokio that this test is.
    for _ in 0..2 {
        assert_eq!(replay::check::<Busy>(&history)?.workflow_tasks, 2);
    }
    Ok(())
}

#[test]
fn locks_permits_and_channels_of_tokio_answer_as_often_as_they_are_asked() -> Outcome {
    Scenario::of::<Busy>().run(runs_to_its_end)
}

#[test]
fn a_replay_does_not_use_up_the_budget_of_the_task_it_is_checked_in() -> Outcome {
    block_on(async {
        let env = sempre::testing::TestEnvironment::new();
        let busy = env.workflow::<Busy>("busy").start(()).await?;
        busy.result().await?;
        let history = busy.history().await?;
        // A task of tokio has a budget; what runs in none would pass in any case.
        let checked = tokio::task::unconstrained(async { replay::check::<Busy>(&history) }).await;
        let in_a_task = tokio::task::LocalSet::new()
            .run_until(async {
                tokio::task::spawn_local(async move {
                    (
                        replay::check::<Busy>(&history),
                        replay::check::<Busy>(&history),
                    )
                })
                .await
            })
            .await?;
        assert_eq!(checked?, in_a_task.0?);
        assert!(in_a_task.1.is_ok());
        Ok(())
    })
}

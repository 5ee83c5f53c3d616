//! Any course of events: whatever happens in whatever order, the histories obey the grammar, replay
//! to the same commands, and are the same in every mode.

use std::{error::Error, time::Duration};

use proptest::{
    prelude::{ProptestConfig, Strategy, TestCaseError, prop_oneof, proptest},
    sample::Index,
};
use sempre::{
    Canceled, Workflow, WorkflowContext, WorkflowHandle, handlers,
    model::{ExecutionStatus, Timestamp},
};
use sempre_tests::{Actors, Attempt, Outcome, Scenario, World};

/// Has any number of activities and timers in the air.
#[derive(Workflow, Default)]
struct Juggler {
    caught: Vec<String>,
    finished: bool,
}

#[handlers]
impl Juggler {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        ctx.wait_until(|juggler| juggler.finished).await?;
        Ok(ctx.state(|juggler| juggler.caught.clone()))
    }

    #[signal]
    async fn throw(ctx: WorkflowContext<Self>, ball: String) {
        let activity = ctx.activity(Actors::perform, ball);
        // No attempt takes this long.
        let activity = activity.start_to_close(Duration::from_secs(1_000_000));
        let caught = activity.await.unwrap_or_else(|error| error.to_string());
        ctx.update(|juggler| juggler.caught.push(caught));
    }

    #[signal]
    async fn rest(ctx: WorkflowContext<Self>, seconds: u64) {
        let rested = ctx.sleep(Duration::from_secs(seconds)).await;
        ctx.update(|juggler| juggler.caught.push(format!("{rested:?}")));
    }

    #[signal]
    fn finish(&mut self) {
        self.finished = true;
    }

    #[query]
    fn caught(&self) -> usize {
        self.caught.len()
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Happening {
    Throw,
    Rest(u64),
    Complete(Index),
    Fail(Index),
    Pass(u64),
    Look,
    Crash,
}

/// How it ends.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Finish,
    Cancel,
    Terminate,
}

fn happening() -> impl Strategy<Value = Happening> {
    use proptest::prelude::{Just, any};
    prop_oneof![
        3 => Just(Happening::Throw),
        2 => (1_u64..5).prop_map(Happening::Rest),
        3 => any::<Index>().prop_map(Happening::Complete),
        2 => any::<Index>().prop_map(Happening::Fail),
        3 => (1_u64..5).prop_map(Happening::Pass),
        1 => Just(Happening::Look),
        1 => Just(Happening::Crash),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    use proptest::prelude::Just;
    prop_oneof![
        Just(Ending::Finish),
        Just(Ending::Cancel),
        Just(Ending::Terminate)
    ]
}

/// What is in the air, as the test knows it.
#[derive(Default)]
struct Air {
    attempts: Vec<Attempt>,
    retries: Vec<Timestamp>,
    timers: Vec<Timestamp>,
    caught: usize,
}

impl Air {
    /// Takes the attempts that have started, in the order of their activities.
    async fn take(&mut self, world: &World, count: usize) {
        for _ in 0..count {
            self.attempts.push(world.stage.attempt().await);
        }
        self.attempts.sort_by_key(|attempt| {
            let number = attempt.ctx.info().activity_id.as_str().parse::<u32>();
            number.unwrap_or_default()
        });
    }

    fn pick(&mut self, index: Index) -> Option<Attempt> {
        let index = (!self.attempts.is_empty()).then(|| index.index(self.attempts.len()))?;
        Some(self.attempts.remove(index))
    }

    /// Waits until the engine knows it as well.
    async fn settle(&self, world: &World, juggler: &WorkflowHandle<Juggler>) -> Outcome {
        let pending = self.attempts.len() + self.retries.len();
        world
            .until(juggler, |run| {
                let started = run.activities.iter().filter(|it| it.started_at.is_some());
                run.workflow_task.is_none()
                    && run.pending_timers == self.timers.len()
                    && run.activities.len() == pending
                    && started.count() == self.attempts.len()
            })
            .await?;
        Ok(())
    }

    async fn happen(&mut self, world: &World, happening: &Happening) -> Outcome {
        let juggler = world.workflow::<Juggler>("juggler");
        match happening {
            Happening::Throw => {
                juggler.throw("ball".into()).await?;
                self.take(world, 1).await;
            }
            Happening::Rest(seconds) => {
                juggler.rest(*seconds).await?;
                self.timers.push(world.seconds_from_now(*seconds));
            }
            Happening::Complete(index) => {
                if let Some(attempt) = self.pick(*index) {
                    self.caught += 1;
                    attempt.complete("caught");
                }
            }
            Happening::Fail(index) => {
                if let Some(attempt) = self.pick(*index) {
                    let doublings = attempt.number() - 1;
                    let interval = 2_u64.saturating_pow(doublings).min(100);
                    self.retries.push(world.seconds_from_now(interval));
                    attempt.fail("dropped");
                }
            }
            Happening::Pass(seconds) => {
                world.clock.advance(Duration::from_secs(*seconds));
                let now = world.seconds_from_now(0);
                let waiting = self.retries.len();
                self.retries.retain(|due| *due > now);
                self.take(world, waiting - self.retries.len()).await;
                let resting = self.timers.len();
                self.timers.retain(|due| *due > now);
                self.caught += resting - self.timers.len();
            }
            Happening::Look => assert_eq!(juggler.caught().await?, self.caught),
            Happening::Crash => {
                world.crash_and_restart().await?;
                let lost = std::mem::take(&mut self.attempts);
                self.take(world, lost.len()).await;
            }
        }
        self.settle(world, &world.workflow("juggler")).await
    }
}

async fn juggle(world: &World, course: &[Happening], ending: Ending) -> Result<(), Box<dyn Error>> {
    world.workflow::<Juggler>("juggler").start(()).await?;
    let mut air = Air::default();
    for happening in course {
        air.happen(world, happening).await?;
    }
    let juggler = world.workflow::<Juggler>("juggler");
    let status = match ending {
        Ending::Finish => {
            juggler.finish().await?;
            assert_eq!(juggler.result().await?.len(), air.caught);
            ExecutionStatus::Completed
        }
        Ending::Cancel => {
            juggler.cancel("enough").await?;
            assert!(juggler.result().await.is_err());
            ExecutionStatus::Canceled
        }
        Ending::Terminate => {
            juggler.terminate("enough").await?;
            assert!(juggler.result().await.is_err());
            ExecutionStatus::Terminated
        }
    };
    assert_eq!(juggler.describe().await?.status, status);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_histories_obey_the_grammar_and_replay_to_the_same_commands(
        course in proptest::collection::vec(happening(), 0..24),
        ending in ending(),
    ) {
        let told = Scenario::of::<Juggler>()
            .run(async |world| juggle(world, &course, ending).await);
        told.map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}

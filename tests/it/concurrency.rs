//! Parts of a workflow side by side: queues, locks, permits, branches and limits, live, by replay, and
//! evicted after each workflow task.

use std::{convert::Infallible, time::Duration};

use sempre::{
    ActivityError, Canceled, Workflow, WorkflowContext, activity, handlers,
    model::EventType,
    workflow::{
        TimedOut, channel::Channel, combinator::map_concurrent, mutex::Mutex, semaphore::Semaphore,
    },
};
use sempre_tests::{Outcome, Scenario};

const SECOND: Duration = Duration::from_secs(1);

/// A desk that takes letters, deposits and reminders, and is closed by an empty letter.
#[derive(Workflow, Default)]
struct Desk {
    letters: Channel<String>,
    balance: Mutex<Vec<i64>>,
    printers: Semaphore,
    reminded: u32,
}

#[handlers]
impl Desk {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        let clock = ctx.clone();
        let reminders = ctx.spawn(async move {
            while clock.sleep(10 * SECOND).await.is_ok() {
                clock.update(|desk| desk.reminded += 1);
            }
        });
        let letters = ctx.state(|desk| desk.letters.clone());
        let mut read = Vec::new();
        loop {
            let letter = letters.receive(&ctx).await?;
            if letter.is_empty() {
                break;
            }
            read.push(letter);
        }
        drop(reminders);
        let balance = ctx.state(|desk| desk.balance.clone());
        let balance = balance.lock(&ctx).await?;
        read.push(format!("{balance:?}"));
        read.push(ctx.state(|desk| format!("reminded {} times", desk.reminded)));
        ctx.all_handlers_finished().await?;
        Ok(read)
    }

    #[signal]
    fn post(&mut self, letter: String) {
        self.letters.send(letter);
    }

    /// Holds the balance for as long as the slip is printed.
    #[signal]
    async fn deposit(ctx: WorkflowContext<Self>, amount: i64) {
        let (balance, printers) = ctx.state(|desk| (desk.balance.clone(), desk.printers.clone()));
        let (Ok(mut balance), Ok(_printer)) =
            (balance.lock(&ctx).await, printers.acquire(&ctx).await)
        else {
            return;
        };
        let before = balance.last().copied().unwrap_or_default();
        if ctx.sleep(SECOND).await.is_ok() {
            balance.push(before + amount);
        }
    }

    #[query]
    fn unread(&self) -> usize {
        self.letters.len()
    }
}

#[test]
fn queues_locks_and_branches_are_the_same_in_every_replay() -> Outcome {
    Scenario::of::<Desk>().run(async |world| {
        let desk = world.workflow::<Desk>("desk").start(()).await?;
        desk.post("one".into()).await?;
        desk.post("two".into()).await?;
        assert_eq!(desk.unread().await?, 0);
        desk.deposit(5).await?;
        desk.deposit(7).await?;
        // The second deposit waits for the first to let the balance go.
        world.pass_seconds(1).await;
        world.until(&desk, |run| run.pending_timers == 2).await?;
        world.pass_seconds(1).await;
        world.until(&desk, |run| run.pending_timers == 1).await?;
        world.pass_seconds(8).await;
        // The reminder has come, and the next is on its way.
        world.until(&desk, |run| run.history_length == 36).await?;
        desk.post("three".into()).await?;
        desk.post(String::new()).await?;
        let read = desk.result().await?;
        assert_eq!(read, ["one", "two", "three", "[5, 12]", "reminded 1 times"]);
        Ok(())
    })
}

#[activity(start_to_close = "1h")]
async fn double(number: u64) -> u64 {
    number * 2
}

/// Never returns by itself.
#[activity(start_to_close = "1h", heartbeat = "1h")]
async fn dawdle(ctx: sempre::ActivityContext) -> Result<(), Canceled> {
    ctx.canceled().await;
    Err(Canceled::default())
}

/// Gives up what takes too long.
#[derive(Workflow, Default)]
struct Impatient;

#[handlers]
impl Impatient {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u64, ActivityError<Infallible>> {
        let doubled = ctx.timeout(SECOND, ctx.activity(double, 21)).await;
        let late = ctx.timeout(SECOND, ctx.activity(dawdle, ())).await;
        assert_eq!(late.err(), Some(TimedOut));
        doubled.unwrap_or(Ok(0))
    }
}

#[test]
fn what_takes_too_long_is_canceled_and_what_is_ready_gives_up_its_timer() -> Outcome {
    Scenario::of::<Impatient>()
        .with(|engine| engine.activities(double).activities(dawdle))
        .run(async |world| {
            let impatient = world.workflow::<Impatient>("now").start(()).await?;
            world
                .until(&impatient, |run| {
                    let waits = |id: &str| {
                        run.activities
                            .iter()
                            .any(|it| it.activity_id.as_str() == id)
                    };
                    waits("2") && run.pending_timers == 1
                })
                .await?;
            world.pass_seconds(1).await;
            assert_eq!(impatient.result().await?, 42);
            let history = impatient.history().await?;
            let types = history.events.iter().map(|event| event.event_type());
            let ends = [
                EventType::TimerCanceled,
                EventType::TimerFired,
                EventType::ActivityTaskCancelRequested,
            ];
            let ends: Vec<EventType> = types.filter(|it| ends.contains(it)).collect();
            assert_eq!(
                ends,
                [
                    EventType::TimerCanceled,
                    EventType::TimerFired,
                    EventType::ActivityTaskCancelRequested
                ]
            );
            Ok(())
        })
}

/// Doubles many numbers, twenty at a time.
#[derive(Workflow, Default)]
struct Doubling;

#[handlers]
impl Doubling {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, count: u64) -> Result<u64, ActivityError<Infallible>> {
        let doubled = map_concurrent(1..=count, 20, |it| ctx.activity(double, it)).await;
        doubled.into_iter().sum()
    }
}

#[test]
fn many_activities_run_twenty_at_a_time() -> Outcome {
    Scenario::of::<Doubling>()
        .with(|engine| engine.activities(double))
        .run_in_any_order(async |world| {
            let doubling = world.workflow::<Doubling>("many").start(200).await?;
            assert_eq!(doubling.result().await?, 200 * 201);
            let history = doubling.history().await?;
            let (mut pending, mut most) = (0_u32, 0);
            for event in &history.events {
                match event.event_type() {
                    EventType::ActivityTaskScheduled => pending += 1,
                    EventType::ActivityTaskCompleted => pending -= 1,
                    _ => {}
                }
                most = most.max(pending);
            }
            assert_eq!(most, 20);
            Ok(())
        })
}

//! What the workflows live through, and the histories that remain.

use std::{error::Error, time::Duration};

use futures::{
    channel::oneshot,
    future::{FutureExt as _, pending, try_join},
};
use sempre::{
    ActivityContext, RetryPolicy, WorkflowHandle,
    client::{UpdateError, WorkflowDescription},
    model::{History, ResetPoint, WorkflowId},
    testing::TestEnvironment,
    workflow::WorkflowHandlers,
};

use crate::conversation::{
    Courier, Labeled, Ledger, LedgerError, LedgerHandle as _, Patched, Purchase,
};
use crate::workflow::{
    Alarm, AlarmHandle as _, Approval, ApprovalHandle as _, Basket, ChargeError, Countdown, DAY,
    Hurried, OnTheSpot, Payment, Race, Refusal, Reminder, Tally, TallyHandle as _, Trip,
    Withdrawal, WithdrawalHandle as _, charge,
};

pub(crate) type Told<T = ()> = Result<T, Box<dyn Error>>;

/// The histories of all stories, each under its workflow id.
pub(crate) type Stories = Vec<(WorkflowId, History)>;

/// Keeps the history of a run.
async fn keep<W: WorkflowHandlers>(stories: &mut Stories, run: &WorkflowHandle<W>) -> Told {
    let history = run.history().await?;
    stories.push((run.workflow_id().clone(), history));
    Ok(())
}

/// Lives through all of them.
pub(crate) async fn tell(env: TestEnvironment) -> Told<Stories> {
    let mut stories = Stories::new();
    activities(&env, &mut stories).await?;
    local_activities(&env, &mut stories).await?;
    timers(&env, &mut stories).await?;
    signals(&env, &mut stories).await?;
    cancellations_inside(&env, &mut stories).await?;
    races(&env, &mut stories).await?;
    cancellations_from_outside(&env, &mut stories).await?;
    ends(&env, &mut stories).await?;
    chains(&env, &mut stories).await?;
    updates(&env, &mut stories).await?;
    others(&env, &mut stories).await?;
    changes(&env, &mut stories).await?;
    steered(&env, &mut stories).await?;
    Ok(stories)
}

/// Lives through what no other SDK can do.
pub(crate) async fn steer(env: TestEnvironment) -> Told<Stories> {
    let mut stories = Stories::new();
    succeed(&env);
    let payment = env
        .workflow::<Hurried>("activity_control")
        .start(10)
        .await?;
    assert_eq!(payment.result().await?, 10);
    keep(&mut stories, &payment).await?;
    Ok(stories)
}

/// Attempts succeed.
fn succeed(env: &TestEnvironment) {
    env.activity(charge, Ok);
}

/// The first two attempts fail.
fn fail_twice(env: &TestEnvironment) {
    env.activity_with_context(charge, |ctx, amount| match ctx.info().attempt {
        1 | 2 => Err(ChargeError::Unreachable),
        _ => Ok(amount),
    });
}

/// Attempts run until they are told to stop.
fn run_on(env: &TestEnvironment) {
    env.activity_with_context(charge, async |ctx: ActivityContext, _| {
        ctx.canceled().await;
        Err(ChargeError::Declined)
    });
}

async fn activities(env: &TestEnvironment, stories: &mut Stories) -> Told {
    succeed(env);
    let payment = env.workflow::<Payment>("activity").start(10).await?;
    assert_eq!(payment.result().await?, 10);
    keep(stories, &payment).await?;

    fail_twice(env);
    let payment = env.workflow::<Payment>("activity_retry").start(10).await?;
    assert_eq!(payment.result().await?, 10);
    keep(stories, &payment).await?;

    env.activity(charge, |_| Err(ChargeError::Declined));
    let payment = env.workflow::<Payment>("activity_failure");
    let payment = payment.start(10).await?;
    assert!(payment.result().await.is_err());
    keep(stories, &payment).await?;

    env.activity(charge, async |_| pending().await);
    let payment = env.workflow::<Payment>("activity_timeout");
    let payment = payment.start(10).await?;
    env.skip(DAY).await;
    assert!(payment.result().await.is_err());
    keep(stories, &payment).await?;

    env.activity_with_context(charge, async |ctx: ActivityContext, _| {
        match ctx.complete_async().await {}
    });
    let payment = env.workflow::<Payment>("activity_completed_by_others");
    let payment = payment.start(10).await?;
    let is_left =
        |payment: &WorkflowDescription| payment.activities.iter().any(|it| it.handed_over);
    while !is_left(&payment.describe().await?) {}
    payment.async_activity(charge, "1").complete(10).await?;
    assert_eq!(payment.result().await?, 10);
    keep(stories, &payment).await?;

    env.activity_with_context(charge, async |ctx: ActivityContext, amount| {
        // A number can be written.
        let _reported = ctx.report_progress(&amount);
        Ok(amount)
    });
    let payment = env.workflow::<Payment>("activity_progress");
    let payment = payment.start(10).await?;
    assert_eq!(payment.result().await?, 10);
    keep(stories, &payment).await?;

    fail_twice(env);
    let basket = env.workflow::<Basket>("several_at_once");
    let basket = basket.start((1, 2)).await?;
    assert_eq!(basket.result().await?, 3);
    keep(stories, &basket).await
}

async fn local_activities(env: &TestEnvironment, stories: &mut Stories) -> Told {
    succeed(env);
    let spot = env.workflow::<OnTheSpot>("local_activities");
    let spot = spot.start(1).await?;
    assert_eq!(spot.result().await?, 10);
    keep(stories, &spot).await?;

    fail_twice(env);
    let spot = env.workflow::<OnTheSpot>("local_retries").start(1).await?;
    assert_eq!(spot.result().await?, 10);
    keep(stories, &spot).await?;

    env.activity(charge, |_| Err(ChargeError::Declined));
    let spot = env.workflow::<OnTheSpot>("local_failure").start(1).await?;
    assert!(spot.result().await.is_err());
    keep(stories, &spot).await?;

    let (go, gone) = oneshot::channel::<()>();
    let gone = gone.shared();
    env.activity(charge, move |amount| {
        let gone = gone.clone();
        async move {
            let _gone = gone.await;
            Ok(amount)
        }
    });
    let spot = env.workflow::<OnTheSpot>("local_heartbeat");
    let spot = spot.start(1).await?;
    env.skip(Duration::from_secs(20)).await;
    drop(go);
    assert_eq!(spot.result().await?, 10);
    keep(stories, &spot).await
}

async fn timers(env: &TestEnvironment, stories: &mut Stories) -> Told {
    let reminder = env.workflow::<Reminder>("timer").start(()).await?;
    assert_eq!(reminder.result().await?, "now");
    keep(stories, &reminder).await?;

    let approval = env.workflow::<Approval>("timer_before_signal");
    let approval = approval.start(()).await?;
    assert_eq!(approval.result().await?, None);
    keep(stories, &approval).await
}

async fn signals(env: &TestEnvironment, stories: &mut Stories) -> Told {
    let approval = env.workflow::<Approval>("signal_before_timer");
    let approval = approval.start(()).await?;
    env.skip(DAY).await;
    approval.approve("ada".into()).await?;
    assert_eq!(approval.result().await?, Some("ada".into()));
    keep(stories, &approval).await?;

    let tally = env.workflow::<Tally>("signals").start(6).await?;
    for number in 1..=3 {
        tally.add(number).await?;
    }
    assert_eq!(tally.result().await?, 6);
    keep(stories, &tally).await?;

    succeed(env);
    let tally = env.workflow::<Tally>("activity_of_a_signal");
    let tally = tally.start(6).await?;
    let one = tally.charge_and_add(1).into_future();
    let two = tally.charge_and_add(2).into_future();
    try_join(one, two).await?;
    tally.add(3).await?;
    assert_eq!(tally.result().await?, 6);
    keep(stories, &tally).await
}

async fn cancellations_inside(env: &TestEnvironment, stories: &mut Stories) -> Told {
    succeed(env);
    let alarm = env.workflow::<Alarm>("timer_cancellation");
    let alarm = alarm.start(()).await?;
    alarm.switch_off().await?;
    assert_eq!(alarm.result().await?, 1);
    keep(stories, &alarm).await?;

    run_on(env);
    for (name, waits) in [
        ("activity_cancellation", false),
        ("activity_cancellation_awaited", true),
    ] {
        let withdrawal = env.workflow::<Withdrawal>(name).start(waits).await?;
        env.skip(Duration::from_secs(1)).await;
        withdrawal.withdraw().await?;
        assert_eq!(withdrawal.result().await?, "withdrawn");
        keep(stories, &withdrawal).await?;
    }
    Ok(())
}

async fn races(env: &TestEnvironment, stories: &mut Stories) -> Told {
    succeed(env);
    let race = env.workflow::<Race>("race_that_a_timer_loses");
    let race = race.start(10).await?;
    assert_eq!(race.result().await?, 10);
    keep(stories, &race).await?;

    run_on(env);
    let race = env.workflow::<Race>("race_that_an_activity_loses");
    let race = race.start(10).await?;
    env.skip(Duration::from_secs(5)).await;
    assert_eq!(race.result().await?, 0);
    keep(stories, &race).await
}

async fn cancellations_from_outside(env: &TestEnvironment, stories: &mut Stories) -> Told {
    let reminder = env.workflow::<Reminder>("cancellation_of_a_timer");
    let reminder = reminder.start(()).await?;
    env.skip(DAY).await;
    reminder.cancel("not needed").await?;
    assert!(reminder.result().await.is_err_and(|it| it.is_canceled()));
    keep(stories, &reminder).await?;

    run_on(env);
    let payment = env.workflow::<Payment>("cancellation_of_an_activity");
    let payment = payment.start(10).await?;
    env.skip(Duration::from_secs(1)).await;
    payment.cancel("not needed").await?;
    assert!(payment.result().await.is_err_and(|it| it.is_canceled()));
    keep(stories, &payment).await?;

    succeed(env);
    let trip = env.workflow::<Trip>("cancellation_with_cleanup");
    let trip = trip.start(()).await?;
    env.skip(Duration::from_secs(1)).await;
    trip.cancel("bad weather").await?;
    assert!(trip.result().await.is_err_and(|it| it.is_canceled()));
    keep(stories, &trip).await
}

async fn chains(env: &TestEnvironment, stories: &mut Stories) -> Told {
    let countdown = env.workflow::<Countdown>("chain").start(1).await?;
    let first = countdown.run_id().ok_or("a start names its run")?;
    assert_eq!(countdown.result().await?, "done");
    let first = env.workflow::<Countdown>("chain").at_run(first);
    stories.push(("continued_as_new".into(), first.history().await?));
    stories.push(("after_continue_as_new".into(), countdown.history().await?));

    let policy = RetryPolicy::default().max_attempts(2);
    let refusal = env.workflow::<Refusal>("second_attempt");
    let refusal = refusal.start("too much".into()).retry(policy).await?;
    assert!(refusal.result().await.is_err());
    keep(stories, &refusal).await?;

    let reminder = env.workflow::<Reminder>("by_schedule").start(());
    let reminder = reminder.cron("0 0 1 1 *").await?;
    env.skip(2 * 365 * DAY).await;
    let first = reminder.run_id().ok_or("a start names its run")?;
    let first = env.workflow::<Reminder>("by_schedule").at_run(first);
    stories.push(("run_by_schedule".into(), first.history().await?));
    reminder.terminate("enough").await?;

    let reminder = env.workflow::<Reminder>("delayed_start").start(());
    let reminder = reminder.start_delay(DAY).await?;
    assert_eq!(reminder.result().await?, "now");
    keep(stories, &reminder).await
}

async fn ends(env: &TestEnvironment, stories: &mut Stories) -> Told {
    let refusal = env.workflow::<Refusal>("workflow_failure");
    let refusal = refusal.start("too much".into()).await?;
    assert!(refusal.result().await.is_err());
    keep(stories, &refusal).await?;

    let reminder = env.workflow::<Reminder>("termination");
    let reminder = reminder.start(()).await?;
    reminder.terminate("not needed").await?;
    keep(stories, &reminder).await?;

    let reminder = env.workflow::<Reminder>("workflow_timeout");
    let reminder = reminder.start(()).execution_timeout(DAY).await?;
    assert!(reminder.result().await.is_err_and(|it| it.is_timeout()));
    keep(stories, &reminder).await?;

    let reminder = env.workflow::<Reminder>("open").start(()).await?;
    env.skip(DAY).await;
    keep(stories, &reminder).await
}

async fn updates(env: &TestEnvironment, stories: &mut Stories) -> Told {
    succeed(env);
    let ledger = env.workflow::<Ledger>("updates").start(()).await?;
    assert_eq!(ledger.add(1).await?, 1);
    let negative = ledger.add(-1).await;
    assert_eq!(negative, Err(UpdateError::Rejected(LedgerError::Negative)));
    let too_much = ledger.add(101).await;
    assert_eq!(too_much, Err(UpdateError::Failed(LedgerError::TooMuch)));
    assert_eq!(ledger.charge_and_add(5).await?, 6);
    ledger.close().await?;
    assert_eq!(ledger.result().await?, 6);
    keep(stories, &ledger).await?;

    let ledger = env.workflow::<Ledger>("update_with_start");
    let start = ledger.start(()).update(ledger.charge_and_add(2));
    let (ledger, sum) = start.await?;
    assert_eq!(sum, 2);
    ledger.close().await?;
    ledger.result().await?;
    keep(stories, &ledger).await
}

async fn others(env: &TestEnvironment, stories: &mut Stories) -> Told {
    let ledger = env.workflow::<Ledger>("a_ledger").start(()).await?;
    let courier = env.workflow::<Courier>("signal_to_another");
    let courier = courier.start("a_ledger".into()).await?;
    assert!(courier.result().await?.starts_with("true"));
    keep(stories, &courier).await?;
    ledger.result().await?;
    keep(stories, &ledger).await?;

    let courier = env.workflow::<Courier>("signal_to_nobody");
    let courier = courier.start("nobody".into()).await?;
    assert_eq!(courier.result().await?, "false false");
    keep(stories, &courier).await?;

    succeed(env);
    let purchase = env.workflow::<Purchase>("children").start(10).await?;
    assert_eq!(purchase.result().await?, 20);
    keep(stories, &purchase).await?;
    keep(stories, &env.workflow::<Payment>("first-payment")).await?;

    env.activity(charge, |_| Err(ChargeError::Declined));
    let purchase = env.workflow::<Purchase>("child_that_fails");
    let purchase = purchase.start(10).await?;
    assert!(purchase.result().await.is_err());
    keep(stories, &purchase).await
}

async fn changes(env: &TestEnvironment, stories: &mut Stories) -> Told {
    let patched = env.workflow::<Patched>("patches").start(()).await?;
    assert_eq!(patched.result().await?, "new new new");
    keep(stories, &patched).await?;

    let labeled = env.workflow::<Labeled>("upserts").start(()).await?;
    labeled.result().await?;
    keep(stories, &labeled).await
}

/// Operators pause runs and reset them.
async fn steered(env: &TestEnvironment, stories: &mut Stories) -> Told {
    let tally = env.workflow::<Tally>("pause").start(6).await?;
    tally.add(1).await?;
    tally.pause("why").await?;
    tally.add(2).await?;
    tally.unpause("well").await?;
    tally.add(3).await?;
    assert_eq!(tally.result().await?, 6);
    keep(stories, &tally).await?;

    let again = tally.reset(ResetPoint::FirstTask).await?;
    assert_eq!(again.result().await?, 6);
    stories.push(("reset".into(), again.history().await?));

    let reminder = env.workflow::<Reminder>("pause_over_a_timer");
    let reminder = reminder.start(()).await?;
    reminder.pause("why").await?;
    env.skip(2 * DAY).await;
    reminder.unpause("well").await?;
    assert_eq!(reminder.result().await?, "now");
    keep(stories, &reminder).await
}

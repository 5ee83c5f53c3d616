//! The code of a run against its history.

use std::{convert::Infallible, sync::Arc, time::Duration};

use sempre::{
    ActivityError, Canceled, Engine, Workflow, WorkflowContext, handlers, storage::MemoryStore,
};

use super::world::{Outcome, World};
use crate::divergence::Divergence;

#[sempre::activity(start_to_close = "10s")]
async fn pack(what: String) -> Result<String, Infallible> {
    Ok(what)
}

/// Rests, and packs.
#[derive(Workflow, Default)]
#[workflow(name = "Changing")]
struct Before;

#[handlers]
impl Before {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
        if ctx.patched("tea") {
            // The run is never canceled.
            let _rested: Result<(), Canceled> = ctx.sleep(Duration::from_millis(1)).await;
        }
        // It waits for good.
        let _never = ctx.wait_until(|_| false).await;
        ctx.activity(pack, "tea".to_owned()).await
    }
}

/// The same, changed: it packs first.
#[derive(Workflow, Default)]
#[workflow(name = "Changing")]
struct After;

#[handlers]
impl After {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
        if ctx.patched("tea") {
            return ctx.activity(pack, "<tea>".to_owned()).await;
        }
        Ok(String::new())
    }
}

/// A run whose code was changed.
async fn changed() -> Outcome<World> {
    let store = Arc::new(MemoryStore::new());
    let before = Engine::on_store(store.clone()).workflow::<Before>();
    let before = before.activities(pack).threads(1).start().await?;
    before.execution("changing").start("Changing", &()).await?;
    before.shutdown().await;
    let after = Engine::on_store(store).workflow::<After>();
    let world = World::over(after.activities(pack)).await?;
    // It is told to go on, and cannot.
    let changing = world.engine.execution("changing");
    changing.signal("go on", &()).await?;
    Ok(world)
}

#[actix::test]
async fn code_that_does_not_fit_its_history_is_shown_beside_it() -> Outcome {
    let world = changed().await?;
    world.until("run?id=changing", "TMPRL1100").await?;
    let run = world.get("run?id=changing").await?;
    let page = run.link("code?").replace("&amp;", "&");
    let page = world.get(&page).await?.expect(200);
    let page = page
        .says("TimerStarted")
        .says("ScheduleActivityTask")
        .says("activity_type=pack");
    // What came before is the same, and what to do is said.
    page.says("MarkerRecorded")
        .says("the same")
        .says("What to do")
        .says("<strong>tea</strong>");
    let told = world.get("api/code?id=changing").await?.expect(200).json();
    let report = &told["reports"][0];
    let timer = report["recorded"]["what"].as_str().unwrap_or_default();
    assert!(timer.starts_with("TimerStarted timer_id="), "{report}");
    let event = report["recorded"]["number"].as_u64().unwrap_or_default();
    let before = report["before"]
        .as_array()
        .ok_or("there are events before")?;
    assert!(
        before.iter().all(|it| it["event"].as_u64() < Some(event)),
        "{report}"
    );
    assert!(
        report["remedy"]
            .as_str()
            .is_some_and(|it| it.contains("patched")),
        "{report}"
    );
    assert_eq!(told["patches"][0]["patch_id"], "tea");
    assert_eq!(told["patches"][0]["new_way"], 1);
    // Those who look after patches find it, too.
    world
        .get("patches")
        .await?
        .says("Code against history")
        .says("code?id=changing");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn of_code_that_fits_there_is_nothing_to_show() -> Outcome {
    let world = World::new().await?;
    world.order("order", "4242").await?;
    let page = world.get("code?id=order").await?.expect(200);
    page.says("The code does what the history says")
        .says("has taken a patch");
    let told = world.get("api/code?id=order").await?.expect(200).json();
    assert_eq!(told["reports"].as_array().map(Vec::len), Some(0));
    world.get("code?id=nobody").await?.expect(404);
    world.engine.shutdown().await;
    Ok(())
}

#[test]
fn a_report_is_read_part_by_part() {
    let text = "workflow task failed: [TMPRL1100] workflow code does not match its history\n\
        - recorded:  event 5 ActivityTaskScheduled activity_id=1 activity_type=charge\n\
        + attempted: command 1 ScheduleActivityTask activity_id=1 activity_type=refund\n\
        \x20 differs:   activity_type charge -> refund\n\
        \x20 likely cause: the call is of another type\n\
        \x20 remedy: give it back its type";
    let read = Divergence::read(text).unwrap();
    assert_eq!(read.recorded.number, Some(5));
    assert_eq!(
        read.recorded.what,
        "ActivityTaskScheduled activity_id=1 activity_type=charge"
    );
    assert_eq!(read.attempted.number, Some(1));
    assert_eq!(read.differences, ["activity_type charge -> refund"]);
    assert_eq!(read.likely_cause, "the call is of another type");
    assert_eq!(read.remedy, "give it back its type");
    let nothing = text.replace(
        "command 1 ScheduleActivityTask activity_id=1 activity_type=refund",
        "nothing more",
    );
    let read = Divergence::read(&nothing).unwrap();
    assert_eq!(
        (read.attempted.number, &*read.attempted.what),
        (None, "nothing more")
    );
    assert_eq!(Divergence::read("no card"), None);
    assert_eq!(Divergence::read("[TMPRL1100] cut off"), None);
}

//! What travels with a call, and what is said of it to people.

use std::time::Duration;

use sempre::{
    SearchAttribute, Workflow, WorkflowContext,
    client::StartWorkflowError,
    handlers,
    model::{EventAttributes, Header, History, Priority},
};
use sempre_tests::{Actors, Outcome, Scenario, StageError, problems};

const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");

/// Who a courier works for, as its header says.
fn tenant(header: &Header) -> Option<String> {
    header.get("tenant").unwrap_or_default()
}

fn of(tenant: &str) -> Result<Header, sempre::model::PayloadError> {
    Header::EMPTY.with("tenant", tenant)
}

/// Has everything done that a workflow can ask for, and says for whom it worked.
#[derive(Workflow, Default)]
struct Courier;

#[handlers]
impl Courier {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, stops: u32) -> Result<Vec<String>, StageError> {
        let own = tenant(ctx.info().header()).unwrap_or_default();
        let mut said = vec![own];
        if stops == 0 {
            return Ok(said);
        }
        let one = ctx.activity(Actors::perform, "activity".into());
        let transient = |reason: String| StageError::Transient { reason };
        let one = one.summary("by van").await;
        said.push(one.map_err(|it| transient(it.to_string()))?);
        let near = ctx.local_activity(Actors::perform, "local".into());
        let near = near.summary("on foot").await;
        said.push(near.map_err(|it| transient(it.to_string()))?);
        let other = ctx.activity(Actors::perform, "other".into());
        let other = other.header(of("other").unwrap_or_default());
        let other = other.priority(Priority::default().key(1)).await;
        said.push(other.map_err(|it| transient(it.to_string()))?);
        let pause = ctx.sleep(Duration::from_secs(1)).summary("a rest");
        pause.await.map_err(|it| transient(it.to_string()))?;
        let child = ctx
            .child::<Courier>("mate")
            .summary("a mate")
            .details("who *helps*")
            .memo("desk", "north")
            .search_attributes([CUSTOMER.set("ada")])
            .priority(Priority::default().fairness_key("acme"))
            .run(0)
            .await;
        said.extend(child.map_err(|it| transient(it.to_string()))?);
        if stops > 1 {
            match ctx.continue_as_new(stops - 1).await {}
        }
        Ok(said)
    }
}

fn couriers() -> Scenario {
    let couriers = Scenario::of::<Courier>();
    couriers.with(|engine| engine.search_attribute(CUSTOMER))
}

/// What the events of a run say to people, in order.
fn summaries(history: &History) -> Vec<String> {
    let said = history.attributes().filter_map(|it| match it {
        EventAttributes::WorkflowExecutionStarted(it) => it.user_metadata.as_ref(),
        EventAttributes::ActivityTaskScheduled(it) => it.user_metadata.as_ref(),
        EventAttributes::TimerStarted(it) => it.user_metadata.as_ref(),
        EventAttributes::StartChildWorkflowExecutionInitiated(it) => it.user_metadata.as_ref(),
        EventAttributes::MarkerRecorded(it) => it.user_metadata.as_ref(),
        _ => None,
    });
    said.map(|it| it.summary.clone()).collect()
}

#[test]
fn a_header_travels_from_the_start_to_activities_children_and_the_next_run() -> Outcome {
    couriers().run_in_any_order(async |world| {
        let courier = world.workflow::<Courier>("courier").start(2);
        let courier = courier.header("tenant", "acme").await?;
        for _ in 0..2 {
            for expected in ["acme", "acme", "other"] {
                let attempt = world.stage.attempt().await;
                let seen = tenant(&attempt.ctx.info().header).unwrap_or_default();
                assert_eq!(seen, expected, "{}", attempt.input);
                attempt.complete(seen);
            }
            world.pass_seconds(1).await;
        }
        let said = courier.result().await?;
        assert_eq!(said, ["acme", "acme", "acme", "other", "acme"]);
        Ok(())
    })
}

#[test]
fn what_is_said_to_people_stands_in_the_history_and_in_the_description() -> Outcome {
    couriers().run_in_any_order(async |world| {
        let courier = world.workflow::<Courier>("courier").start(1);
        let courier = courier.summary("a round").await?;
        let attempt = world.stage.attempt().await;
        let description = courier.describe().await?;
        assert_eq!(description.activities[0].summary, "by van");
        attempt.complete("");
        for _ in 0..2 {
            world.stage.attempt().await.complete("");
        }
        let mut description = courier.describe().await?;
        while description.timers.is_empty() {
            tokio::task::yield_now().await;
            description = courier.describe().await?;
        }
        assert_eq!(description.timers[0].summary, "a rest");
        world.pass_seconds(1).await;
        courier.result().await?;
        let said = summaries(&courier.history().await?);
        assert_eq!(said, ["a round", "by van", "on foot", "a rest", "a mate"]);

        let mate = world.workflow::<Courier>("mate").describe().await?;
        assert_eq!(mate.user_metadata.summary, "a mate");
        assert_eq!(mate.user_metadata.details, "who *helps*");
        assert_eq!(mate.memo.get::<String>("desk")?, Some("north".into()));
        assert_eq!(mate.search_attributes.get(CUSTOMER), Some("ada".into()));
        assert_eq!(mate.priority.fairness_key, "acme");
        let found = world.engine().list("Customer = 'ada'").await?;
        assert_eq!(found.runs.len(), 1);
        Ok(())
    })
}

/// Waits, and says so too late.
#[derive(Workflow, Default)]
struct Late;

#[handlers]
impl Late {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), sempre::Canceled> {
        let long = ctx.sleep(Duration::from_secs(60));
        ctx.sleep(Duration::from_secs(1)).await?;
        long.summary("too late").await
    }
}

#[test]
fn a_summary_that_comes_after_the_timer_has_started_fails_the_workflow_task() -> Outcome {
    Scenario::of::<Late>().run(async |world| {
        let late = world.workflow::<Late>("late").start(()).await?;
        world.pass_seconds(1).await;
        let stuck = world.until(&late, |it| !it.problems.is_empty()).await?;
        let problems = problems(&stuck).join("\n");
        let reason = "the summary of a pause was given after it was asked for";
        assert!(problems.contains(reason), "{problems}");
        Ok(())
    })
}

/// Cannot be written.
struct Unwritable;

impl serde::Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("not a value"))
    }
}

#[test]
fn a_header_that_is_no_value_or_too_large_starts_nothing() -> Outcome {
    couriers().run(async |world| {
        let start = || world.workflow::<Courier>("courier").start(0);
        let refused = start().header("tenant", Unwritable).await;
        assert!(
            matches!(refused, Err(StartWorkflowError::Header { .. })),
            "{refused:?}"
        );
        let refused = start().header("tenant", "x".repeat(20_000)).await;
        let refused = refused.expect_err("a large header").to_string();
        assert!(
            refused.contains("header is too large limit=16384"),
            "{refused}"
        );
        let refused = start().priority(Priority::default().key(9)).await;
        let refused = refused.expect_err("no such priority").to_string();
        assert!(refused.contains("has to be from 1 to 5"), "{refused}");
        assert!(world.engine().list("").await?.runs.is_empty());
        Ok(())
    })
}

/// Listens.
#[derive(Workflow, Default)]
struct Listener {
    heard: Vec<String>,
}

#[handlers]
impl Listener {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, sempre::Canceled> {
        ctx.wait_until(|state| state.heard.len() == 3).await?;
        Ok(ctx.state(|state| state.heard.clone()))
    }

    #[signal]
    fn tell(&mut self, what: String) {
        self.heard.push(what);
    }

    #[update]
    fn ask(&mut self, what: String) -> usize {
        self.heard.push(what);
        self.heard.len()
    }
}

#[test]
fn signals_and_updates_are_recorded_with_headers_of_their_own() -> Outcome {
    Scenario::of::<Listener>().run(async |world| {
        let listener = world.workflow::<Listener>("listener");
        let signal = listener.tell("one".into()).header("tenant", "one");
        let start = listener.start(()).signal(signal);
        let listener = start.header("tenant", "start").await?;
        let two = listener.tell("two".into()).header("tenant", "two");
        two.await?;
        let three = listener.ask("three".into()).header("tenant", "three");
        assert_eq!(three.await?, 3);
        listener.result().await?;
        let history = listener.history().await?;
        let said = history.attributes().filter_map(|it| match it {
            EventAttributes::WorkflowExecutionSignaled(it) => Some(&it.header),
            EventAttributes::WorkflowExecutionUpdateAccepted(it) => {
                it.accepted_request.as_ref().map(|it| &it.header)
            }
            _ => None,
        });
        let said: Vec<_> = said.filter_map(tenant).collect();
        assert_eq!(said, ["one", "two", "three"]);

        let bulky = listener
            .tell("four".into())
            .header("tenant", "x".repeat(20_000));
        assert!(
            bulky.await.is_err(),
            "it is too large, and the run has closed"
        );
        Ok(())
    })
}

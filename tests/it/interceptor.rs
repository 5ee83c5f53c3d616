//! Interceptors: what leaves is given a header, what arrives is run in a scope or refused, and a replay
//! tells nobody.

use std::sync::{Arc, Mutex, PoisonError};

use sempre::{
    ActivityError, ApplicationFailure, Failure as _, Workflow, WorkflowContext, handlers,
    interceptor::{CallScope, Inbound, InboundCall, InboundMessage, Outbound, OutboundCall},
    model::{EventAttributes, Failure, Header, Payload},
};
use sempre_tests::{Actors, Outcome, Scenario, StageError, problems};

/// What interceptors were told, in order.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn add(&self, what: impl Into<String>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what.into());
    }

    /// All that contain this, sorted.
    fn about(&self, what: &str) -> Vec<String> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let about = told.iter().filter(|it| it.contains(what)).cloned();
        about.collect()
    }
}

/// Says where each call comes from.
struct Marking(Told);

impl Outbound for Marking {
    fn outbound(&self, call: &OutboundCall<'_>, header: &mut Header) -> Option<Box<dyn CallScope>> {
        self.0.add(format!("out: {call}"));
        header.insert(
            "from",
            Payload::encode(&call.to_string()).unwrap_or_default(),
        );
        None
    }
}

fn from(header: &Header) -> String {
    let from = header.get::<String>("from").unwrap_or_default();
    from.unwrap_or_default()
}

/// Notes where each call has come from, and how it has ended.
struct Noting(Told);

struct Noted(String, Told);

impl Inbound for Noting {
    fn inbound(&self, call: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure> {
        let what = match call {
            InboundCall::Activity(it) => format!("in: {} {}", it.activity_type, from(it.header)),
            InboundCall::WorkflowTask(it) => {
                for message in it.messages {
                    if let InboundMessage::Signal { name, header } = message {
                        self.0.add(format!("in: signal {name} {}", from(header)));
                    }
                }
                format!("in: task {}", from(it.info.header()))
            }
            InboundCall::Query { query_name, .. } => format!("in: query {query_name}"),
            _ => return Ok(None),
        };
        self.0.add(&what);
        Ok(Some(Box::new(Noted(what, self.0.clone()))))
    }
}

impl CallScope for Noted {
    fn run(&mut self, code: &mut dyn FnMut()) {
        code();
    }

    fn end(&mut self, failure: Option<&Failure>) {
        let failure = failure.map_or("well", |it| it.message.as_str());
        self.1.add(format!("{} ended {failure}", self.0));
    }
}

/// Calls an activity, sends a signal and has a child.
#[derive(Workflow, Default)]
struct Errand {
    is_told: bool,
}

#[handlers]
impl Errand {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, name: String) -> Result<String, StageError> {
        let transient = |reason: String| StageError::Transient { reason };
        if name == "child" {
            let told = ctx.wait_until(|state| state.is_told).await;
            told.map_err(|it| transient(it.to_string()))?;
            return Ok(from(ctx.info().header()));
        }
        let done = ctx.activity(Actors::perform, name.clone()).await;
        let done = done.map_err(|it| transient(it.to_string()))?;
        let near = ctx.local_activity(Actors::perform, "near".into()).await;
        near.map_err(|it| transient(it.to_string()))?;
        let child = ctx.child::<Self>("child").start("child".into()).await;
        let child = child.map_err(|it| transient(it.to_string()))?;
        let told = child.tell().await;
        told.map_err(|it| transient(it.to_string()))?;
        let said = child.result().await;
        let said = said.map_err(|it| transient(it.to_string()))?;
        Ok(format!("{done}, {said}"))
    }

    #[signal]
    fn tell(&mut self) {
        self.is_told = true;
    }

    #[query]
    fn is_told(&self) -> bool {
        self.is_told
    }
}

#[test]
fn calls_are_seen_where_they_leave_and_where_they_arrive() -> Outcome {
    let told = Told::default();
    let (leaving, arriving) = (told.clone(), told.clone());
    let errands = Scenario::of::<Errand>()
        .with(move |engine| engine.outbound(Marking(leaving.clone())))
        .with(move |engine| engine.inbound(Noting(arriving.clone())));
    errands.run_in_any_order(async |world| {
        told.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let errand = world.workflow::<Errand>("errand").start("x".into()).await?;
        let attempt = world.stage.attempt().await;
        assert_eq!(
            from(&attempt.ctx.info().header),
            "activity perform of errand"
        );
        assert!(!errand.is_told().await?);
        attempt.complete("done");
        world.stage.attempt().await.complete("");
        let said = errand.result().await?;
        assert_eq!(said, "done, child Errand child of errand");

        assert_eq!(told.about("out: start"), ["out: start of Errand errand"]);
        // A task that is told again, because its answer was lost or its program was not kept, is seen
        // again; one that is replayed is not.
        assert_eq!(
            told.about("out: activity"),
            ["out: activity perform of errand"; 2]
        );
        assert_eq!(
            told.about("in: signal"),
            ["in: signal tell signal tell of errand to child"]
        );
        let attempts = told.about("in: perform");
        let (begun, ended) = ("in: perform activity perform of errand", " ended well");
        assert_eq!(
            attempts,
            [
                begun,
                &format!("{begun}{ended}"),
                begun,
                &format!("{begun}{ended}")
            ]
        );
        assert_eq!(
            told.about("query"),
            ["in: query is_told", "in: query is_told ended well"]
        );
        assert!(!told.about("in: task start of Errand errand").is_empty());
        let history = errand.history().await?;
        let scheduled = history.attributes().find_map(|it| match it {
            EventAttributes::ActivityTaskScheduled(it) => Some(from(&it.header)),
            _ => None,
        });
        assert_eq!(scheduled.as_deref(), Some("activity perform of errand"));
        Ok(())
    })
}

/// Calls an activity.
#[derive(Workflow, Default)]
struct Hello;

#[handlers]
impl Hello {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        name: String,
    ) -> Result<String, ActivityError<StageError>> {
        ctx.activity(Actors::perform, name).await
    }
}

/// Lets the second attempt of an activity be run, and no workflow task of those who are not known.
struct Guard;

impl Inbound for Guard {
    fn inbound(&self, call: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure> {
        let refused = |why: &str| Err(ApplicationFailure::new(why, "Guard").to_failure());
        match call {
            InboundCall::Activity(it) if it.attempt == 1 => refused("not at once"),
            InboundCall::WorkflowTask(it) if it.info.header().is_empty() => refused("who are you?"),
            _ => Ok(None),
        }
    }
}

#[test]
fn a_call_that_is_refused_fails_as_its_code_would() -> Outcome {
    let guarded = Scenario::of::<Hello>().with(|engine| engine.inbound(Guard));
    guarded.run(async |world| {
        let known = world.workflow::<Hello>("known").start("hello".into());
        let known = known.header("name", "ada").await?;
        world.pass_seconds(1).await;
        let attempt = world.stage.attempt().await;
        assert_eq!(attempt.number(), 2);
        attempt.complete("hello");
        assert_eq!(known.result().await?, "hello");

        let unknown = world
            .workflow::<Hello>("unknown")
            .start("hello".into())
            .await?;
        let stuck = world.until(&unknown, |it| !it.problems.is_empty()).await?;
        let problems = problems(&stuck).join("\n");
        assert!(problems.contains("who are you?"), "{problems}");
        unknown.terminate("nobody knows it").await?;
        Ok(())
    })
}

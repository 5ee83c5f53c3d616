//! One trace over calls and processes: whose child each span is.

#![cfg(test)]

use std::{convert::Infallible, sync::Arc};

use opentelemetry::trace::{SpanId, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use sempre::{
    ActivityError, Engine, Workflow, WorkflowContext, activity, handlers,
    storage::{MemoryStore, Store},
};
use sempre_tests::{Outcome, block_on};
use tracing::Instrument as _;
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

#[activity(start_to_close = "10s")]
async fn charge(amount: u64) -> u64 {
    amount
}

#[activity(start_to_close = "10s")]
fn print(amount: u64) -> u64 {
    amount
}

/// Calls activities of all kinds and has a child that calls one.
#[derive(Workflow, Default)]
struct Order {
    is_approved: bool,
}

#[handlers]
impl Order {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        is_child: bool,
    ) -> Result<u64, ActivityError<Infallible>> {
        if is_child {
            return ctx.activity(charge, 1).await;
        }
        // It ends with the run, whatever becomes of that.
        let _canceled = ctx.wait_until(|state| state.is_approved).await;
        let printed = ctx.activity(print, 2).await?;
        let near = ctx.local_activity(charge, 3).await?;
        let child = ctx.child::<Self>("child").run(true).await;
        Ok(printed + near + child.unwrap_or_default())
    }

    #[signal]
    fn approve(&mut self) {
        self.is_approved = true;
    }
}

async fn engine(store: &Arc<MemoryStore>) -> Result<Engine, Box<dyn std::error::Error>> {
    let engine = Engine::on_store(Arc::clone(store) as Arc<dyn Store>);
    let engine = engine
        .workflow::<Order>()
        .activities(charge)
        .activities(print);
    Ok(engine.threads(1).start().await?)
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> Vec<&'a SpanData> {
    spans.iter().filter(|it| it.name == name).collect()
}

/// An attribute of a span as text.
fn attribute(span: &SpanData, name: &str) -> String {
    let attributes = span.attributes.iter();
    let mut found = attributes.filter(|it| it.key.as_str() == name);
    found
        .next()
        .map(|it| it.value.to_string())
        .unwrap_or_default()
}

#[test]
fn an_order_is_one_trace_over_a_restart() -> Outcome {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("orders"));
    tracing_subscriber::registry().with(layer).init();
    let store = Arc::new(MemoryStore::new());
    block_on(async {
        let first = engine(&store).await?;
        let request = tracing::info_span!("request");
        let start = first.workflow::<Order>("order").start(false).into_future();
        start.instrument(request.clone()).await?;
        drop(request);
        first.shutdown().await;

        let second = engine(&store).await?;
        let order = second.workflow::<Order>("order");
        order.approve().await?;
        assert_eq!(order.result().await?, 6);
        second.shutdown().await;
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    let spans = exporter.get_finished_spans()?;

    let [request] = named(&spans, "request")[..] else {
        panic!("one request: {spans:#?}")
    };
    let trace = request.span_context.trace_id();
    let calls = named(&spans, "client_call");
    let [start, approval] = calls[..] else {
        panic!("a start and a signal: {calls:#?}")
    };
    assert_eq!(start.parent_span_id, request.span_context.span_id());
    assert_eq!(attribute(start, "workflow_id"), "order");
    assert_eq!(
        approval.parent_span_id,
        SpanId::INVALID,
        "nobody has asked for it"
    );

    // Whatever the workflow asks for, in either process, is part of the trace of the request.
    let attempts = named(&spans, "activity");
    assert_eq!(attempts.len(), 3);
    for attempt in &attempts {
        assert_eq!(attempt.span_context.trace_id(), trace, "{attempt:#?}");
        assert_ne!(attempt.parent_span_id, SpanId::INVALID);
    }
    let mut ran: Vec<_> = attempts
        .iter()
        .map(|it| (attribute(it, "activity_type"), attribute(it, "workflow_id")))
        .collect();
    ran.sort();
    let expected = [("charge", "child"), ("charge", "order"), ("print", "order")];
    assert_eq!(ran, expected.map(|(of, at)| (of.to_owned(), at.to_owned())));
    // What is written is of many traces, and part of none.
    let commits = named(&spans, "commit");
    assert!(!commits.is_empty());
    for commit in &commits {
        assert_eq!(commit.parent_span_id, SpanId::INVALID, "{commit:#?}");
        assert_ne!(attribute(commit, "commits"), "0");
    }
    let run = attribute(named(&spans, "workflow_task")[0], "run_id");
    assert!(
        commits.iter().any(|it| attribute(it, "run_id") == run),
        "{commits:#?}"
    );
    let tasks = named(&spans, "workflow_task");
    assert!(tasks.len() >= 4, "{tasks:#?}");
    for task in tasks {
        assert_eq!(task.span_context.trace_id(), trace, "{task:#?}");
    }
    Ok(())
}

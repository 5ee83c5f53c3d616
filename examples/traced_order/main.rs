//! One order as one trace, over a restart, as a collector receives it.
//!
//! The order is placed within the span of a web request. Whatever comes of it is part of the trace of
//! that request: the turns of the workflow, the attempts of its activities, its child, also in the
//! process that goes on with it after a restart, because the context travels in the header of the run.
//!
//! The spans go to an OTLP receiver of the example's own, which prints them as a tree and complains if
//! the order is more than one trace. With `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317` they go to
//! a collector instead, such as Jaeger's all-in-one image, whose page shows the same.
//!
//! Run it with `cargo run --example traced_order`.

mod receiver;

use std::{convert::Infallible, env, error::Error, path::Path};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use receiver::Receiver;
use sempre::{ActivityError, Engine, Workflow, WorkflowContext, activity, handlers};
use tracing::Instrument as _;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Takes money.
#[activity(start_to_close = "10s")]
async fn charge(euros: u64) -> Result<String, Infallible> {
    Ok(format!("receipt for {euros} €"))
}

/// Sends a parcel.
#[activity(start_to_close = "10s")]
async fn ship(what: String) -> Result<String, Infallible> {
    Ok(format!("{what} is on its way"))
}

/// An order that is charged, waits for an approval, and is shipped by a child.
#[derive(Workflow, Default)]
struct Order {
    is_approved: bool,
}

#[handlers]
impl Order {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        euros: u64,
    ) -> Result<String, ActivityError<Infallible>> {
        ctx.activity(charge, euros).await?;
        // An order that is canceled ends as well.
        let _canceled = ctx.wait_until(|order| order.is_approved).await;
        let shipped = ctx.child::<Shipment>("shipment-42").run("tea".to_owned());
        Ok(shipped.await.unwrap_or_default())
    }

    #[signal]
    fn approve(&mut self) {
        self.is_approved = true;
    }
}

/// A shipment.
#[derive(Workflow, Default)]
struct Shipment;

#[handlers]
impl Shipment {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        what: String,
    ) -> Result<String, ActivityError<Infallible>> {
        ctx.activity(ship, what).await
    }
}

async fn engine(store: &Path) -> Result<Engine, Box<dyn Error>> {
    let engine = Engine::open(store)
        .workflow::<Order>()
        .workflow::<Shipment>()
        .activities(charge)
        .activities(ship);
    Ok(engine.threads(1).start().await?)
}

/// Has spans sent to a collector: info and above, and those of workflow code and of commits.
fn traced(endpoint: &str) -> Result<SdkTracerProvider, Box<dyn Error>> {
    let exporter = SpanExporter::builder().with_tonic();
    let exporter = exporter.with_endpoint(endpoint).build()?;
    let resource = Resource::builder().with_service_name("orders");
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("orders"));
    let filter = EnvFilter::new("info,sempre=debug,traced_order=debug");
    tracing_subscriber::registry()
        .with(filter)
        .with(layer)
        .init();
    Ok(provider)
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let collector = env::var("OTEL_EXPORTER_OTLP_ENDPOINT").ok();
    let receiver = match &collector {
        Some(_) => None,
        None => Some(Receiver::start()?),
    };
    let own = receiver.as_ref().map(Receiver::endpoint);
    let endpoint = collector.or(own).unwrap_or_default();
    let provider = traced(&endpoint)?;

    let folder = tempfile::tempdir()?;
    let store = folder.path().join("orders.sempre");
    let first = engine(&store).await?;
    let request = tracing::info_span!("POST /orders");
    let start = first.workflow::<Order>("order-42").start(30).into_future();
    start.instrument(request.clone()).await?;
    drop(request);
    println!("The order is placed. The service restarts.");
    first.shutdown().await;

    let second = engine(&store).await?;
    let order = second.workflow::<Order>("order-42");
    order.approve().await?;
    println!("{}", order.result().await?);
    second.shutdown().await;

    // The exporter sends what is left; it waits for the answer, and this thread is needed for it.
    tokio::task::spawn_blocking(move || provider.shutdown()).await??;
    match receiver {
        Some(receiver) => print!("{}", receiver.trace_of("POST /orders")?),
        None => println!("Look for the service \"orders\" at {endpoint}."),
    }
    Ok(())
}

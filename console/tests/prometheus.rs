//! A recorder that is installed is that of the process: what an engine counts is shown to Prometheus.
//!
//! A process of its own, because there is one recorder for all its threads.

use std::{convert::Infallible, sync::Arc};

use http::Request;
use http_body_util::{BodyExt as _, Empty};
use sempre::{Engine, Workflow, WorkflowContext, handlers, storage::MemoryStore};
use sempre_console::{Access, Console, InstallPrometheusError, Prometheus};

#[derive(Workflow, Default)]
struct Greeting;

#[handlers]
impl Greeting {
    #[run]
    async fn run(_: WorkflowContext<Self>, name: String) -> Result<String, Infallible> {
        Ok(format!("Hello, {name}!"))
    }
}

#[actix::test]
async fn what_an_engine_counts_is_shown_once_a_recorder_is_installed()
-> Result<(), Box<dyn std::error::Error>> {
    let prometheus = Prometheus::install()?;
    let engine = Engine::on_store(Arc::new(MemoryStore::new()))
        .workflow::<Greeting>()
        .start()
        .await?;
    let greeting = engine.workflow::<Greeting>("greeting");
    let greeting = greeting.start("ada".into()).await?;
    assert_eq!(greeting.result().await?, "Hello, ada!");
    // The process has one now, and keeps it.
    let second = Prometheus::install();
    assert!(matches!(second, Err(InstallPrometheusError::Recorder(_))));
    let console = Console::new(&engine)
        .access(|_| Access::Read)
        .metrics(&prometheus);
    let request = Request::get("/metrics").body(Empty::<&[u8]>::new())?;
    let shown = console.respond(request).await.into_body();
    let shown = shown.collect().await?.to_bytes();
    let shown = std::str::from_utf8(&shown)?;
    for counted in [
        "sempre_workflow_started_total",
        "sempre_workflow_closed_total",
    ] {
        let mut lines = shown.lines().filter(|line| line.starts_with(counted));
        let is_there = lines.any(|line| line.contains("Greeting") && line.ends_with(" 1"));
        assert!(is_there, "{counted} in {shown}");
    }
    engine.shutdown().await;
    Ok(())
}

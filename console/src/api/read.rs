//! What can be read as JSON.

use http::StatusCode;
use serde_json::{Value, json};

use super::{bulk, code, engine, history, queue, run, runs, schedule, tree};
use crate::{
    problem::Problem,
    reply::{self, Reply},
    route::Read,
    visit::Visit,
};

/// Answers a request to read.
pub(crate) async fn read(read: Read, visit: &Visit) -> Result<Reply, Problem> {
    let value = match read {
        Read::Session => session(visit),
        Read::Health => return health(visit).await,
        Read::Attention => engine::attention(visit),
        Read::Runs => runs::list(visit).await?,
        Read::Count => runs::count(visit).await?,
        Read::Run => run::describe(visit).await?,
        Read::History => history::tell(visit).await?,
        Read::Code => code::tell(visit).await?,
        Read::Tree => tree::tell(visit).await?,
        #[cfg(feature = "temporal")]
        Read::TemporalHistory => return super::temporal::download(visit).await,
        Read::Queues => queue::list(visit)?,
        Read::Queue => queue::describe(visit)?,
        Read::Schedules => schedule::list(visit).await?,
        Read::Schedule => schedule::describe(visit).await?,
        Read::BulkPreview => bulk::preview(visit).await?,
        Read::BulkJobs => bulk::list(visit).await?,
        Read::BulkJob => bulk::describe(visit).await?,
        Read::BulkResults => bulk::results(visit).await?,
        Read::Store => engine::store(visit).await?,
        Read::Patches => engine::patches(visit).await?,
        Read::Types => engine::types(visit).await?,
        Read::Audit => engine::audit(visit).await?,
    };
    Ok(reply::json(StatusCode::OK, &value))
}

/// Who asks, and the token that actions need.
fn session(visit: &Visit) -> Value {
    json!({
        "access": if visit.who.is_some() { "act" } else { "read" },
        "who": visit.who.as_ref().map(|who| who.as_str()),
        "csrf_token": visit.token(),
        "namespace": visit.console.source.namespace().as_str(),
        "namespaces": visit.console.namespaces(),
    })
}

/// With 503 where the engine does not work, so that a probe need not read it.
async fn health(visit: &Visit) -> Result<Reply, Problem> {
    let (is_healthy, value) = engine::health(visit).await?;
    if is_healthy {
        return Ok(reply::json(StatusCode::OK, &value));
    }
    let problem = Problem::unavailable("the engine does not work");
    let reply = reply::json(problem.status, &value);
    Ok(reply::with_remedy(reply, &problem))
}

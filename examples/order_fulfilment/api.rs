//! The HTTP face: each route is one call of a workflow handle.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Json, Path, ServiceConfig},
};
use sempre::{Engine, model::WorkflowIdReusePolicy};
use serde::{Deserialize, Serialize};

use crate::{
    error::ApiError,
    workflow::{Order, OrderFulfilment, OrderFulfilmentHandle as _},
};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(start)
        .service(approve)
        .service(show)
        .service(history);
}

/// Who approves.
#[derive(Serialize, Deserialize)]
pub(crate) struct Approval {
    pub(crate) by: String,
}

/// An event of a history, in short.
#[derive(Serialize, Deserialize)]
pub(crate) struct HistoryLine {
    pub(crate) id: u64,
    pub(crate) time: String,
    pub(crate) event: String,
}

/// Once this has answered, the order survives a crash.
#[post("/orders")]
async fn start(engine: Data<Engine>, order: Json<Order>) -> Result<HttpResponse, ApiError> {
    let order = order.into_inner();
    // An order that is done is not made again.
    let started = engine
        .workflow::<OrderFulfilment>(&*order.id)
        .start(order)
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .await?;
    let place = format!("/orders/{}", started.workflow_id());
    let created = HttpResponse::Created()
        .insert_header(("location", place))
        .finish();
    Ok(created)
}

#[post("/orders/{id}/approve")]
async fn approve(
    engine: Data<Engine>,
    id: Path<String>,
    approval: Json<Approval>,
) -> Result<HttpResponse, ApiError> {
    let order = engine.workflow::<OrderFulfilment>(id.into_inner());
    order.approve(approval.into_inner().by).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Open or closed, an order answers.
#[get("/orders/{id}")]
async fn show(engine: Data<Engine>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let order = engine.workflow::<OrderFulfilment>(id.into_inner());
    Ok(HttpResponse::Ok().json(order.status().await?))
}

#[get("/orders/{id}/history")]
async fn history(engine: Data<Engine>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let order = engine.workflow::<OrderFulfilment>(id.into_inner());
    let history = order.history().await?;
    let events = history.events.iter().map(|event| HistoryLine {
        id: event.id.get(),
        time: event.time.to_string(),
        event: event.event_type().to_string(),
    });
    Ok(HttpResponse::Ok().json(events.collect::<Vec<_>>()))
}

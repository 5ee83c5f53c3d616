//! Workflows that have children: an order is split into shipments, each a workflow of its own. They
//! go on side by side, one is told something on its way, one fails, and one outlives its parent.
//!
//! Run it with `cargo run --example child_workflows`.

use std::{error::Error, time::Duration};

use derive_more::{Display, Error as StdError};
use sempre::{
    Canceled, Engine, Failure, Workflow, WorkflowContext, handlers, model::ParentClosePolicy,
    workflow::ChildError,
};
use serde::{Deserialize, Serialize};

/// What is sent where.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Parcel {
    what: String,
    to: String,
}

/// What goes wrong with a shipment. It comes back to the parent as this type.
#[derive(Debug, Display, StdError, Failure)]
enum ShipmentError {
    #[display("no carrier goes to {to}")]
    NoCarrier { to: String },
    #[display("canceled")]
    Canceled(#[failure(cause)] Canceled),
}

/// Brings one parcel to its place.
#[derive(Workflow, Default)]
struct Shipment {
    gift_wrap: bool,
}

#[handlers]
impl Shipment {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, parcel: Parcel) -> Result<String, ShipmentError> {
        let Parcel { what, to } = parcel;
        if to == "the moon" {
            return Err(ShipmentError::NoCarrier { to });
        }
        let packed = ctx.sleep(Duration::from_millis(200)).await;
        packed.map_err(ShipmentError::Canceled)?;
        let wrapped = ctx.state(|shipment| shipment.gift_wrap);
        let wrapping = if wrapped { ", with a bow" } else { "" };
        Ok(format!("{what} has come to {to}{wrapping}"))
    }

    /// It is a gift.
    #[signal]
    fn wrap(&mut self) {
        self.gift_wrap = true;
    }
}

/// Writes to the customer some time after the order is done.
#[derive(Workflow, Default)]
struct Survey;

#[handlers]
impl Survey {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, customer: String) -> Result<String, Canceled> {
        ctx.sleep(Duration::from_millis(500)).await?;
        Ok(format!("{customer} is content"))
    }
}

/// Ships an order in parcels.
#[derive(Workflow, Default)]
struct Order;

#[handlers]
impl Order {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        parcels: Vec<Parcel>,
    ) -> Result<Vec<String>, ChildError<Canceled>> {
        // This child goes on when the order is done; the others would be terminated.
        let survey = ctx
            .child::<Survey>("survey-42")
            .parent_close_policy(ParentClosePolicy::Abandon);
        survey.start("ada".into()).await?;

        // A present goes first. The handle of a child has the methods of its signals.
        let present = Parcel {
            what: "a present".into(),
            to: "Vienna".into(),
        };
        let mut said = Vec::new();
        if let Ok(shipment) = ctx.child::<Shipment>("present-42").start(present).await {
            let _delivered = shipment.wrap().await;
            said.extend(shipment.result().await);
        }

        // All at once: a child is asked for by the call, not by its await. Without a name of its
        // own (`..`) each gets one that follows from this run and the call.
        let shipments = parcels.into_iter();
        let shipments: Vec<_> = shipments
            .map(|parcel| ctx.child::<Shipment>(..).run(parcel))
            .collect();
        for shipment in shipments {
            said.push(match shipment.await {
                Ok(said) => said,
                // The error of the child, as the enum that it is.
                Err(ChildError::Application { error, .. }) => format!("sorry: {error}"),
                Err(other) => format!("sorry: {other}"),
            });
        }
        Ok(said)
    }
}

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("children.sempre"))
        .workflow::<Order>()
        .workflow::<Shipment>()
        .workflow::<Survey>()
        .start()
        .await?;

    let parcel = |what: &str, to: &str| Parcel {
        what: what.into(),
        to: to.into(),
    };
    let parcels = vec![parcel("a book", "Rome"), parcel("a flag", "the moon")];
    let order = engine.workflow::<Order>("order-42").start(parcels).await?;
    for said in order.result().await? {
        println!("{said}");
    }
    let survey = engine.workflow::<Survey>("survey-42");
    println!("{}", survey.result().await?);

    println!("\nThe history of the order:");
    for event in order.history().await?.events {
        println!("{:>4}  {}", event.id, event.event_type());
    }
    engine.shutdown().await;
    Ok(())
}

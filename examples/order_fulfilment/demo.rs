//! A conversation with the service over HTTP, with a restart in the middle.

use std::{error::Error, time::Duration};

use actix::clock::{sleep, timeout};
use awc::{Client, http::StatusCode};

use crate::{
    api::{Approval, HistoryLine},
    service::Service,
    workflow::{Order, Status},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
pub(crate) async fn run() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("orders.sempre");

    let service = Service::start(&store, 0).await?;
    let shop = Customer::of(&service);
    println!(
        "While the service runs, its console is at {}\n",
        service.console_url()
    );
    shop.order("order-1", "4242", 3_600).await?;
    let again = shop.order("order-1", "4242", 3_600).await?;
    println!("order-1  ordered; ordering it again: {again}");
    shop.watch("order-1", |it| *it == Status::AwaitingApproval)
        .await?;

    println!("\nThe service stops, and starts again on the same store.\n");
    service.stop().await?;
    let service = Service::start(&store, 0).await?;
    let shop = Customer::of(&service);
    println!("order-1  {}", shop.status("order-1").await?);
    shop.approve("order-1").await?;
    shop.watch("order-1", |it| matches!(it, Status::Shipped { .. }))
        .await?;
    println!("\nThe restart and the two attempts that failed have left no event in its history:");
    for HistoryLine { id, event, .. } in shop.history("order-1").await? {
        println!("  {id:>2}  {event}");
    }

    println!(
        "\nA declined card is not tried again: the error says so, and outlives the process as its type."
    );
    shop.order("order-2", "0000", 3_600).await?;
    shop.watch("order-2", |it| matches!(it, Status::Closed { .. }))
        .await?;

    println!("\nAn approval has one second, by a timer that would survive a restart.");
    shop.order("order-3", "4242", 1).await?;
    shop.watch("order-3", |it| matches!(it, Status::Closed { .. }))
        .await?;
    let late = shop.approve("order-3").await?;
    println!("order-3  approved too late: {late}");
    service.stop().await
}

/// Who talks to the service.
struct Customer {
    client: Client,
    url: String,
}

impl Customer {
    fn of(service: &Service) -> Self {
        Self {
            client: Client::default(),
            url: service.url(),
        }
    }

    async fn order(&self, id: &str, card: &str, approval_seconds: u64) -> Outcome<StatusCode> {
        let order = Order {
            id: id.into(),
            items: vec!["tea".into(), "milk".into()],
            card: card.into(),
            approval_seconds,
        };
        let request = self.client.post(format!("{}/orders", self.url));
        Ok(request.send_json(&order).await?.status())
    }

    async fn approve(&self, id: &str) -> Outcome<StatusCode> {
        let request = self
            .client
            .post(format!("{}/orders/{id}/approve", self.url));
        let approval = Approval { by: "ada".into() };
        Ok(request.send_json(&approval).await?.status())
    }

    async fn status(&self, id: &str) -> Outcome<Status> {
        let request = self.client.get(format!("{}/orders/{id}", self.url));
        Ok(request.send().await?.json().await?)
    }

    async fn history(&self, id: &str) -> Outcome<Vec<HistoryLine>> {
        let request = self.client.get(format!("{}/orders/{id}/history", self.url));
        Ok(request.send().await?.json().await?)
    }

    /// Prints each status that an order takes, until it is the one that is waited for.
    #[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
    async fn watch(&self, id: &str, until: impl Fn(&Status) -> bool) -> Outcome<()> {
        let watch = async {
            let mut last = None;
            loop {
                let status = self.status(id).await?;
                let reached = until(&status);
                if last.as_ref() != Some(&status) {
                    println!("{id}  {status}");
                    last = Some(status);
                }
                if reached {
                    return Ok(());
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(10), watch).await?
    }
}

//! A shop with orders of every kind, so that each page has something to show.

use std::{convert::Infallible, sync::Arc, time::Duration};

use sempre::{
    ActivityContext, ActivityError, ApplicationFailure, Canceled, Engine, SearchAttribute,
    WaitError, Workflow, WorkflowContext, activities, client::StoredRuns, handlers,
    runtime::NamespaceOptions, schedule::OverlapPolicy, storage::MemoryStore,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");

#[derive(Clone, Serialize, Deserialize)]
struct Basket {
    items: Vec<String>,
    card: String,
}

/// What the workflows have done for them.
struct Shop;

#[activities]
impl Shop {
    /// The gateway answers at the second attempt; a card of zeros is declined, one of nines never
    /// reached.
    #[activity(start_to_close = "5s", retry(initial_interval = "20ms", backoff = 1.2))]
    async fn charge(
        &self,
        ctx: ActivityContext,
        card: String,
    ) -> Result<String, ApplicationFailure> {
        if card.starts_with('0') {
            let declined = ApplicationFailure::new(format!("card {card} was declined"), "Declined");
            return Err(declined.non_retryable());
        }
        if card.starts_with('9') || ctx.info().attempt < 2 {
            return Err(ApplicationFailure::new(
                "payment gateway is unreachable",
                "Unreachable",
            ));
        }
        Ok(format!("payment for {}", ctx.info().execution.workflow_id))
    }

    #[activity(start_to_close = "5s")]
    async fn reserve(&self, items: Vec<String>) -> usize {
        items.len()
    }

    #[activity(start_to_close = "5s", task_queue = "warehouse")]
    async fn pack(&self, items: Vec<String>) -> String {
        format!("parcel with {}", items.join(" and "))
    }
}

/// Charges, waits for an approval, and ships.
#[derive(Workflow, Default)]
struct OrderFulfilment {
    approved_by: Option<String>,
    note: String,
}

#[handlers]
impl OrderFulfilment {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        basket: Basket,
    ) -> Result<String, ActivityError<ApplicationFailure>> {
        let _reserved = ctx.activity(Shop::reserve, basket.items.clone()).await;
        ctx.activity(Shop::charge, basket.card).await?;
        let deadline = Duration::from_secs(3 * 86_400);
        let approved = ctx.wait_until(|it| it.approved_by.is_some());
        if let Err(WaitError::Canceled(_)) = approved.timeout(deadline).await {
            return Ok("canceled".into());
        }
        let id = format!("{}/shipment", ctx.info().execution.workflow_id);
        let shipped = ctx.child::<Shipment>(&*id).run(basket.items).await;
        Ok(shipped.unwrap_or_default())
    }

    #[signal]
    fn approve(&mut self, by: String) {
        self.approved_by.get_or_insert(by);
    }

    #[update]
    fn set_note(&mut self, note: String) -> String {
        self.note = note;
        format!("noted: {}", self.note)
    }

    #[query]
    fn note(&self) -> String {
        self.note.clone()
    }
}

#[derive(Workflow, Default)]
struct Shipment;

#[handlers]
impl Shipment {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        items: Vec<String>,
    ) -> Result<String, ActivityError<Infallible>> {
        ctx.activity(Shop::pack, items).await
    }
}

#[derive(Workflow, Default)]
struct NightlyReport;

#[handlers]
impl NightlyReport {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
        ctx.sleep(Duration::from_millis(30)).await?;
        let currency = if ctx.patched("euro") { "€" } else { "$" };
        Ok(format!("written, in {currency}"))
    }
}

/// Counts what is there, as it did yesterday: it rests first.
#[derive(Workflow, Default)]
#[workflow(name = "StockTake")]
struct StockTakeYesterday;

#[handlers]
impl StockTakeYesterday {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        let shelves = ctx.patched("shelves");
        ctx.sleep(Duration::from_millis(u64::from(shelves))).await?;
        ctx.wait_until(|_| false).await
    }
}

/// The same as it is today: it packs first.
#[derive(Workflow, Default)]
#[workflow(name = "StockTake")]
struct StockTake;

#[handlers]
impl StockTake {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
        let shelves = u8::from(ctx.patched("shelves"));
        ctx.activity(Shop::pack, vec![format!("shelf {shelves}")])
            .await
    }
}

/// What such a shop has left behind when its engine has stopped.
pub(crate) async fn at_rest() -> Outcome<StoredRuns> {
    let store = Arc::new(MemoryStore::new());
    engine(&store).await?.shutdown().await;
    Ok(StoredRuns::new(store))
}

/// An engine of such a shop, which has a café in a namespace of its own.
pub(crate) async fn engine(store: &Arc<MemoryStore>) -> Outcome<Engine> {
    let yesterday = Engine::on_store(store.clone()).workflow::<StockTakeYesterday>();
    let yesterday = yesterday.threads(1).start().await?;
    let take = yesterday.execution("stock-take");
    take.start("StockTake", &()).await?;
    yesterday.shutdown().await;
    let engine = Engine::on_store(store.clone())
        .namespace("cafe", NamespaceOptions::default())
        .workflow::<StockTake>()
        .workflow::<OrderFulfilment>()
        .workflow::<Shipment>()
        .workflow::<NightlyReport>()
        .activities(Shop)
        .activities_on("warehouse", Shop)
        .search_attribute(CUSTOMER)
        .threads(2)
        .start()
        .await?;
    // It is told to go on, and cannot.
    let take = engine.execution("stock-take");
    take.signal("go on", &()).await?;
    let cake = engine.namespace("cafe")?.execution("order-of-cake");
    cake.start("CatalogImport", &()).await?;
    schedules(&engine).await?;
    orders(&engine).await?;
    bulk_jobs(&engine).await?;
    Ok(engine)
}

async fn orders(engine: &Engine) -> Outcome {
    let order = async |number: u32, card: &str, customer: &str| -> Outcome {
        let basket = json!({ "items": ["tea", "oat milk"], "card": card });
        let order = engine.execution(format!("order-{number}"));
        let start = order.start("OrderFulfilment", &basket);
        start.search_attributes([CUSTOMER.set(customer)]).await?;
        Ok(())
    };
    for number in 1_000..1_046 {
        order(number, "4242", customer(number)).await?;
    }
    for number in 1_046..1_049 {
        order(number, "0000", "alan").await?;
    }
    order(1_049, "9999", "barbara").await?;
    for number in 1_000..1_030 {
        let order = engine.execution(format!("order-{number}"));
        order.signal("approve", &json!("linus")).await?;
        order.result::<Value>().await?;
    }
    engine
        .execution("order-1030")
        .cancel("changed their mind")
        .await?;
    engine
        .execution("order-1031")
        .terminate("a test order")
        .await?;
    engine
        .execution("import-7")
        .start("CatalogImport", &())
        .await?;
    let evil = "<img src=x onerror=alert(1)>";
    engine.execution(evil).start("NightlyReport", &()).await?;
    Ok(())
}

fn customer(number: u32) -> &'static str {
    match number % 3 {
        0 => "ada",
        1 => "grace",
        _ => "edsger",
    }
}

/// One that has ended, and one that is held back.
async fn bulk_jobs(engine: &Engine) -> Outcome {
    let orders = ["order-1000", "order-1031", "order-1033", "order-1034"];
    let orders = format!("WorkflowId IN ('{}')", orders.join("', '"));
    let approve = engine.bulk(orders).signal_named("approve", &json!("grace"));
    let approve = approve.reason("the bank is back").rate(1_000);
    let first = approve.job_id("approve-some").identity("grace");
    first.start().await?.result().await?;
    let stop = engine.bulk("WorkflowType = 'Shipment'");
    let stop = stop.terminate("stocktaking").rate(1).job_id("stocktaking");
    stop.start().await?.pause("not before noon").await?;
    Ok(())
}

async fn schedules(engine: &Engine) -> Outcome {
    let nightly = engine
        .schedule("nightly-report")
        .create::<NightlyReport>(());
    let nightly = nightly.cron("0 3 * * *").time_zone("Europe/Vienna").await?;
    nightly.trigger().overlap(OverlapPolicy::AllowAll).await?;
    let hourly = engine.schedule("stock-check").create::<NightlyReport>(());
    hourly.cron("*/15 8-18 * * MON-FRI").await?;
    let paused = engine
        .schedule("spring-cleaning")
        .create::<NightlyReport>(());
    paused
        .every(Duration::from_secs(7 * 86_400))
        .await?
        .pause("until the move is over")
        .await?;
    Ok(())
}

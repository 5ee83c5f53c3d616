//! A console over an engine with workflows of many kinds, and requests to it.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use sempre::{
    ActivityError, ApplicationFailure, Canceled, Engine, EngineBuilder, Workflow, WorkflowContext,
    activity, client::UntypedHandle, handlers, storage::MemoryStore,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Access, Console};

pub(super) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// What is ordered.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Basket {
    pub(super) item: String,
    pub(super) card: String,
}

/// Fails until it is called with a card.
#[activity(
    start_to_close = "10s",
    retry(initial_interval = "1h", max_attempts = 9)
)]
async fn charge(card: String) -> Result<String, ApplicationFailure> {
    if card.is_empty() {
        return Err(ApplicationFailure::new("no <card>", "NoCard"));
    }
    Ok(format!("receipt for {card}"))
}

/// An order that is charged, waits for an approval, and can be changed.
#[derive(Workflow, Default)]
pub(super) struct Order {
    approved: bool,
    quantity: u32,
}

#[handlers]
impl Order {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        basket: Basket,
    ) -> Result<String, ActivityError<ApplicationFailure>> {
        let receipt = ctx.activity(charge, basket.card).await?;
        // An order that is canceled ends as well.
        let _canceled = ctx.wait_until(|it| it.approved).await;
        Ok(receipt)
    }

    #[signal]
    fn approve(&mut self) {
        self.approved = true;
    }

    #[update]
    fn set_quantity(&mut self, quantity: u32) -> Result<u32, ApplicationFailure> {
        if quantity == 0 {
            return Err(ApplicationFailure::new("nothing is ordered", "Nothing"));
        }
        self.quantity = quantity;
        Ok(quantity)
    }

    #[query]
    fn quantity(&self) -> u32 {
        self.quantity
    }
}

/// Sleeps for an hour.
#[derive(Workflow, Default)]
pub(super) struct Nap;

#[handlers]
impl Nap {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        ctx.sleep(Duration::from_secs(3_600)).await
    }
}

/// Has a child that naps.
#[derive(Workflow, Default)]
pub(super) struct Parent;

#[handlers]
impl Parent {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Infallible> {
        // However it ends, it was a child.
        let _end = ctx.child::<Nap>("the-child").run(()).await;
        Ok(())
    }
}

/// Fails at once.
#[derive(Workflow, Default)]
pub(super) struct Doomed;

#[handlers]
impl Doomed {
    #[run]
    async fn run(_: WorkflowContext<Self>) -> Result<(), ApplicationFailure> {
        Err(ApplicationFailure::new("it was <doomed>", "Doom"))
    }
}

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) console: Console,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answered {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(super) fn says(self, text: &str) -> Self {
        assert!(self.text.contains(text), "{text:?} is not in {}", self.text);
        self
    }

    #[track_caller]
    pub(super) fn does_not_say(self, text: &str) -> Self {
        assert!(!self.text.contains(text), "{text:?} is in {}", self.text);
        self
    }

    /// The first link that begins with this.
    pub(super) fn link(&self, begins: &str) -> &str {
        let attribute = format!("href=\"{begins}");
        let at = self.text.find(&attribute).map(|at| at + "href=\"".len());
        let link = at.and_then(|at| self.text.get(at..)).unwrap_or_default();
        link.split('"').next().unwrap_or_default()
    }

    pub(super) fn location(&self) -> &str {
        let place = self.headers.get(header::LOCATION);
        place.and_then(|it| it.to_str().ok()).unwrap_or_default()
    }
}

impl World {
    /// A console that ada may act in, grace may read, and nobody else may see.
    pub(super) async fn new() -> Outcome<Self> {
        Self::over(Engine::on_store(Arc::new(MemoryStore::new()))).await
    }

    /// The same over this engine.
    pub(super) async fn over(engine: EngineBuilder) -> Outcome<Self> {
        let engine = engine
            .workflow::<Order>()
            .workflow::<Nap>()
            .workflow::<Parent>()
            .workflow::<Doomed>()
            .activities(charge)
            .threads(1)
            .start()
            .await?;
        let console = Console::new(&engine).title("shop").access(|request| {
            match request
                .headers
                .get("x-user")
                .and_then(|it| it.to_str().ok())
            {
                Some("grace") => Access::Read,
                Some("nobody") => Access::None,
                Some("unknown") => Access::Challenge("Basic realm=\"console\"".into()),
                Some(name) => Access::Act(name.into()),
                None => Access::Act("ada".into()),
            }
        });
        Ok(Self { engine, console })
    }

    /// An order that waits for its approval.
    pub(super) async fn order(&self, id: &str, card: &str) -> Outcome<UntypedHandle> {
        let basket = serde_json::json!({ "item": "tea & <b>milk</b>", "card": card });
        Ok(self.engine.execution(id).start("Order", &basket).await?)
    }

    /// Waits until a page or an answer says this.
    pub(super) async fn until(&self, place: &str, text: &str) -> Outcome<Answered> {
        loop {
            let answered = self.get(place).await?;
            if answered.text.contains(text) {
                return Ok(answered);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Asks for a page as somebody who waits until all of it is there: how soon that is depends on what else
    /// the machine does.
    pub(super) async fn get(&self, place: &str) -> Outcome<Answered> {
        let is_page = !place.contains("api/") && !place.contains("wait=");
        let more = match place.contains('?') {
            true if is_page => "&wait=1",
            false if is_page => "?wait=1",
            _ => "",
        };
        self.send(Request::get(format!("/{place}{more}")).body(Full::default())?)
            .await
    }

    pub(super) async fn get_as(&self, user: &str, place: &str) -> Outcome<Answered> {
        let request = Request::get(format!("/{place}")).header("x-user", user);
        self.send(request.body(Full::default())?).await
    }

    /// Sends a form as ada, with her token.
    pub(super) async fn form(&self, fields: &[(&str, &str)]) -> Outcome<Answered> {
        let token = self.token("ada").await?;
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields).append_pair("csrf", &token);
        self.post_form("ada", &body.finish()).await
    }

    pub(super) async fn post_form(&self, user: &str, body: &str) -> Outcome<Answered> {
        let request = Request::post("/act")
            .header("x-user", user)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Full::from(body.to_owned()))?).await
    }

    /// Asks for an action by JSON as ada, with her token.
    pub(super) async fn act(&self, action: &str, fields: &Value) -> Outcome<Answered> {
        let token = self.token("ada").await?;
        self.act_as("ada", &token, action, fields).await
    }

    pub(super) async fn act_as(
        &self,
        user: &str,
        token: &str,
        action: &str,
        fields: &Value,
    ) -> Outcome<Answered> {
        let request = Request::post(format!("/api/{action}"))
            .header("x-user", user)
            .header("x-csrf-token", token)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Full::from(fields.to_string()))?)
            .await
    }

    pub(super) async fn token(&self, user: &str) -> Outcome<String> {
        let session = self.get_as(user, "api/session").await?.json();
        Ok(session["csrf_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Outcome<Answered> {
        let (head, body) = self.console.respond(request).await.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answered {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(body.to_vec())?,
        })
    }
}

//! A console over an engine whose clock stands still, and the command as people call it.

use std::{convert::Infallible, path::Path, sync::Arc, time::Duration};

use clap::Parser as _;
use expect_test::expect_file;
use sempre::{
    ActivityError, ApplicationFailure, Canceled, Engine, EngineBuilder, SearchAttribute, Timestamp,
    Workflow, WorkflowContext, activity, client::UntypedHandle, handlers, storage::MemoryStore,
    testing::ManualClock,
};
use sempre_console::{Access, Console, ConsoleServer};
use serde_json::{Value, json};

use crate::{Arguments, Exit, Terminal, run};

pub(super) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

pub(super) const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");

/// Fails until it is called with a card.
#[activity(
    start_to_close = "10s",
    retry(initial_interval = "1h", max_attempts = 9)
)]
async fn charge(card: String) -> Result<String, ApplicationFailure> {
    if card.is_empty() {
        return Err(ApplicationFailure::new("no card", "NoCard"));
    }
    Ok(format!("receipt for {card}"))
}

/// An order that is charged, waits for an approval, and can be changed.
#[derive(Workflow, Default)]
struct Order {
    approved: bool,
    quantity: u32,
}

#[handlers]
impl Order {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        card: String,
    ) -> Result<String, ActivityError<ApplicationFailure>> {
        let receipt = ctx.activity(charge, card).await?;
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

/// Fails at once.
#[derive(Workflow, Default)]
struct Doomed;

#[handlers]
impl Doomed {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), ApplicationFailure> {
        if ctx.patched("doom") {
            return Err(ApplicationFailure::new("it was doomed", "Doom"));
        }
        Ok(())
    }
}

/// Has nothing to do.
#[derive(Workflow, Default)]
struct Quick;

#[handlers]
impl Quick {
    #[run]
    async fn run(_: WorkflowContext<Self>, name: String) -> Result<String, Infallible> {
        Ok(name)
    }
}

/// An engine that knows these workflows, and whose clock stands still.
pub(super) fn builder(builder: EngineBuilder) -> EngineBuilder {
    builder
        .workflow::<Order>()
        .workflow::<Nap>()
        .workflow::<Doomed>()
        .workflow::<Quick>()
        .activities(charge)
        .search_attribute(CUSTOMER)
        .identity("worker")
        .build_id("b1")
        .threads(1)
        .clock(ManualClock::starting_at(Timestamp::from_secs(
            1_790_000_000,
        )))
}

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) server: ConsoleServer,
}

/// What the command has said, without colors and with the same ids whenever it is run.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) exit: Exit,
}

impl World {
    pub(super) async fn new() -> Outcome<Self> {
        let engine = builder(Engine::on_store(Arc::new(MemoryStore::new())));
        Self::over(engine).await
    }

    /// A console over this engine.
    pub(super) async fn over(engine: EngineBuilder) -> Outcome<Self> {
        let engine = engine.start().await?;
        let console = Console::new(&engine).access(|request| {
            match request.headers.get("authorization").map(|it| it.as_bytes()) {
                Some(b"Basic Z3JhY2U6c2VjcmV0") => Access::Read,
                Some(_) => Access::Challenge("Basic realm=\"console\"".into()),
                None => Access::Act("ada".into()),
            }
        });
        let server = console.serve("127.0.0.1:0")?;
        Ok(Self { engine, server })
    }

    /// An order that waits for its approval.
    pub(super) async fn order(&self, id: &str, card: &str) -> Outcome<UntypedHandle> {
        let start = self.engine.execution(id).start("Order", &json!(card));
        let start = start.search_attributes([CUSTOMER.set("ada")]);
        Ok(start.request_id(format!("start-{id}")).await?)
    }

    /// Orders that wait, have ended well, and are tried again, and what else there is.
    pub(super) async fn shop(&self) -> Outcome {
        self.order("order-1", "4242").await?;
        self.until(&["why", "order-1"], "a message")?;
        let done = self.order("order-2", "4242").await?;
        self.until(&["why", "order-2"], "a message")?;
        done.signal("approve", &()).request_id("approval").await?;
        done.result::<Value>().await?;
        self.order("order-3", "").await?;
        self.until(&["why", "order-3"], "attempt 2")?;
        let doomed = self.engine.execution("doomed").start("Doomed", &());
        let doomed = doomed.request_id("start-doomed").await?;
        assert!(doomed.result::<Value>().await.is_err());
        let lost = self.engine.execution("lost").start("NotHere", &());
        lost.request_id("start-lost").await?;
        self.until(&["why"], "NotHere")?;
        Ok(())
    }

    /// Calls the command with the address of the console.
    pub(super) fn say(&self, arguments: &[&str]) -> Said {
        let url = self.server.url();
        say(&[&["--url", &url], arguments].concat(), None)
    }

    /// Calls the command until it says this.
    pub(super) fn until(&self, arguments: &[&str], text: &str) -> Outcome<Said> {
        loop {
            let said = self.say(arguments);
            if said.out.contains(text) {
                return Ok(said);
            }
            if !matches!(said.exit, Exit::Done) {
                return Err(said.err.into());
            }
            std::thread::yield_now();
        }
    }

    /// Calls the command for people and for programs, and compares both with what is kept.
    pub(super) fn golden(&self, name: &str, arguments: &[&str]) {
        self.golden_text(name, arguments);
        self.golden_json(name, arguments);
    }

    pub(super) fn golden_text(&self, name: &str, arguments: &[&str]) {
        compare(name, "txt", &self.say(arguments));
    }

    pub(super) fn golden_json(&self, name: &str, arguments: &[&str]) {
        let said = self.say(&[arguments, &["--output", "json"]].concat());
        compare(name, "json", &said);
    }

    pub(super) async fn stop(self) -> Outcome {
        self.server.stop().await;
        self.engine.shutdown().await;
        Ok(())
    }
}

/// Calls the command; a terminal has this width.
pub(super) fn say(arguments: &[&str], width: Option<usize>) -> Said {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = Arguments::try_parse_from([&["sempre"], arguments].concat());
    let exit = match arguments {
        Ok(arguments) => {
            let mut terminal = Terminal {
                out: &mut out,
                err: &mut err,
                width,
                shows_progress: false,
            };
            run(&arguments, &mut terminal)
        }
        Err(error) => {
            err = error.to_string().into_bytes();
            Exit::Usage
        }
    };
    let mut runs = Vec::new();
    let [out, err] = [out, err].map(|text| {
        let text = String::from_utf8(text).unwrap();
        let text = anstream::adapter::strip_str(&text).to_string();
        numbered(&text, &mut runs)
    });
    Said { out, err, exit }
}

/// Compares what was said with the file that keeps it; `UPDATE_EXPECT=1` writes that.
pub(super) fn compare(name: &str, kind: &str, said: &Said) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/golden");
    let notes = match (said.err.as_str(), said.exit) {
        ("", Exit::Done) => String::new(),
        (err, exit) => format!("[exit {}] {err}", exit.code()),
    };
    let file = folder.join(format!("{name}.{kind}"));
    expect_file![file].assert_eq(&format!("{}{notes}", said.out));
}

/// The same text with each id of a run by its number in it.
fn numbered(text: &str, runs: &mut Vec<String>) -> String {
    let mut numbered = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(id) = rest.get(..36).filter(|id| is_run_id(id)) {
            let known = runs.iter().position(|known| known == id);
            let number = known.unwrap_or_else(|| {
                runs.push(id.to_owned());
                runs.len() - 1
            });
            numbered.extend([format!("00000000-0000-0000-0000-{number:012}")]);
            rest = rest.get(36..).unwrap_or_default();
        } else {
            let letter = rest.chars().next().unwrap_or_default();
            numbered.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    numbered
}

fn is_run_id(text: &str) -> bool {
    text.char_indices().all(|(at, letter)| match at {
        8 | 13 | 18 | 23 => letter == '-',
        _ => letter.is_ascii_hexdigit() && !letter.is_ascii_uppercase(),
    })
}

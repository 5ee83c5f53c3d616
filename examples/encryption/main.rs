//! Values that nobody reads in the store, a key for each customer, and one who is forgotten.
//!
//! `cargo run --example encryption`

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::Path,
    sync::{Arc, RwLock},
};

use sempre::{
    Canceled, Engine, Workflow, WorkflowContext,
    codec::{Compression, Encryption, Key, KeyProvider},
    handlers,
    model::{CodecError, PayloadContext},
};

const CARD: &str = "4111 1111 1111 1111";

/// A key for each customer, who is the first part of a workflow id.
///
/// A service fetches its keys from where they are kept safe, and holds them in memory.
#[derive(Clone, Default)]
struct CustomerKeys(Arc<RwLock<BTreeMap<String, Key>>>);

impl CustomerKeys {
    fn add(&self, customer: &str) {
        if let Ok(mut keys) = self.0.write() {
            keys.insert(customer.to_owned(), Key::generate());
        }
    }

    fn forget(&self, customer: &str) {
        if let Ok(mut keys) = self.0.write() {
            keys.remove(customer);
        }
    }
}

impl KeyProvider for CustomerKeys {
    fn key_for(&self, context: PayloadContext<'_>) -> Result<(String, Key), CodecError> {
        let customer = context.workflow_id.as_str().split('/').next();
        let customer = customer.unwrap_or_default();
        let key = self.key(customer);
        let key = key.ok_or_else(|| CodecError::unknown_key(customer))?;
        Ok((customer.to_owned(), key))
    }

    fn key(&self, key_id: &str) -> Option<Key> {
        self.0.read().ok()?.get(key_id).cloned()
    }
}

/// Keeps a card until the order is paid.
#[derive(Workflow, Default)]
struct Payment {
    paid: bool,
}

#[handlers]
impl Payment {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, card: String) -> Result<String, Canceled> {
        ctx.wait_until(|payment| payment.paid).await?;
        Ok(format!("paid with {card}"))
    }

    #[signal]
    fn pay(&mut self) {
        self.paid = true;
    }
}

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("payments.sempre");
    let keys = CustomerKeys::default();
    keys.add("ada");
    keys.add("grace");

    let engine = start(&store, &keys).await?;
    for customer in ["ada", "grace"] {
        let payment = engine.workflow::<Payment>(format!("{customer}/1"));
        payment.start(CARD.to_owned()).await?;
    }
    engine.shutdown().await;
    println!("the card is in the files: {}", is_in(&store, CARD)?);

    // The next process reads what the last one wrote, and goes on.
    let engine = start(&store, &keys).await?;
    let ada = engine.workflow::<Payment>("ada/1");
    ada.pay().await?;
    println!("ada: {}", ada.result().await?);

    // Grace wants to be forgotten. Without her key nobody reads what is kept of her, here or in any
    // backup, and nothing new is written.
    let grace = engine.workflow::<Payment>("grace/1");
    grace.pay().await?;
    println!("grace: {}", grace.result().await?);
    keys.forget("grace");
    if let Err(error) = grace.result().await {
        println!("grace, forgotten: {error}");
    }
    let next = engine.workflow::<Payment>("grace/2");
    if let Err(error) = next.start(CARD.to_owned()).await {
        println!("grace, once more: {error}");
    }
    engine.shutdown().await;
    Ok(())
}

async fn start(store: &Path, keys: &CustomerKeys) -> Result<Engine, Box<dyn Error>> {
    let engine = Engine::open(store)
        .workflow::<Payment>()
        // In this order: what is encrypted cannot be compressed.
        .codec(Compression::default())
        .codec(Encryption::new(keys.clone()));
    Ok(engine.start().await?)
}

/// Whether a text is anywhere in the files of a folder.
fn is_in(folder: &Path, text: &str) -> Result<bool, Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let found = if path.is_dir() {
            is_in(&path, text)?
        } else {
            let bytes = fs::read(&path)?;
            bytes.windows(text.len()).any(|it| it == text.as_bytes())
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

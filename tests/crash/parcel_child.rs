//! The process that the crash test of large values kills: an engine with a payload storage in files.

use std::{env, error::Error, path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures::StreamExt as _;
use sempre::{
    Engine,
    client::{DeleteWorkflowError, RequestError, SignalWorkflowError},
    model::ContentKey,
    storage::{FileStorage, PayloadStorage, StorageError},
};
use sempre_tests::crash::{
    parcel::{
        Leaf, Line, Parcel, ParcelHandle as _, Step, THRESHOLD_BYTES, added, input, leaf_id, note,
        parcel_id, result, stamp,
    },
    parent::{self, fail, say},
    protocol::READY,
};
use tokio::sync::Notify;

/// About forty records.
const JOURNAL_BYTES: usize = 16 * 1024;

/// Files, and somebody who is told when one is deleted.
#[derive(Clone)]
struct Watched {
    files: Arc<FileStorage>,
    deleted: Arc<Notify>,
}

impl PayloadStorage for Watched {
    fn put(&self, key: &ContentKey, content: &[u8]) -> Result<(), StorageError> {
        self.files.put(key, content)
    }

    fn get(&self, key: &ContentKey) -> Result<Option<Bytes>, StorageError> {
        self.files.get(key)
    }

    fn delete(&self, key: &ContentKey) -> Result<(), StorageError> {
        let deleted = self.files.delete(key);
        self.deleted.notify_one();
        deleted
    }

    fn list(
        &self,
        after: Option<&ContentKey>,
        limit: usize,
    ) -> Result<Vec<ContentKey>, StorageError> {
        self.files.list(after, limit)
    }
}

#[actix::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1).map(PathBuf::from);
    let mut argument = || arguments.next().ok_or("a store and a payload storage");
    let store = argument()?;
    let payloads = Watched {
        files: Arc::new(FileStorage::open(argument()?)?),
        deleted: Arc::default(),
    };
    let engine = Engine::open(store)
        .workflow::<Parcel>()
        .workflow::<Leaf>()
        .activities(stamp)
        .payload_storage(payloads.clone())
        .payload_threshold_bytes(THRESHOLD_BYTES)
        // So little that records are put to their place all the time.
        .journal_capacity_bytes(JOURNAL_BYTES)
        .threads(2)
        .start()
        .await?;
    say(&READY)?;

    let mut requests = parent::requests(str::parse::<Line>);
    while let Some(request) = requests.next().await {
        let (engine, payloads) = (engine.clone(), payloads.clone());
        actix::spawn(async move {
            if let Err(error) = carry_out(&engine, &payloads, request).await {
                fail(&error);
            }
        });
    }
    engine.shutdown().await;
    Ok(())
}

async fn carry_out(
    engine: &Engine,
    payloads: &Watched,
    request: Line,
) -> Result<(), Box<dyn Error>> {
    match request.step {
        Step::Delete => {
            let id = parcel_id(request.parcel);
            delete(engine, &id).await?;
            delete(engine, &leaf_id(id)).await?;
        }
        Step::Empty => {
            while !payloads.list(None, 1)?.is_empty() {
                payloads.deleted.notified().await;
            }
        }
        _ => return see_through(engine, request.parcel).await,
    }
    Ok(say(&request)?)
}

/// Does all that is done with a parcel, again if an earlier process has done it.
async fn see_through(engine: &Engine, parcel: u32) -> Result<(), Box<dyn Error>> {
    let id = parcel_id(parcel);
    let acknowledge = |step| say(&Line { step, parcel });
    let handle = engine.workflow::<Parcel>(&*id);
    let handle = handle.start(input(parcel)).request_id(&*id).await?;
    acknowledge(Step::Send)?;
    match handle.note(note(parcel)).request_id("note").await {
        Ok(()) => acknowledge(Step::Note)?,
        Err(SignalWorkflowError::Closed { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let answer = handle.add(added(parcel)).id("add").await?;
    if answer != added(parcel) {
        return Err(format!("{id} was given something and answers with something else").into());
    }
    acknowledge(Step::Add)?;
    if handle.result().await? != result(parcel) {
        return Err(format!("{id} has returned something else").into());
    }
    Ok(acknowledge(Step::Close)?)
}

/// Deletes a run, once what it says has been heard.
async fn delete(engine: &Engine, id: &str) -> Result<(), DeleteWorkflowError> {
    loop {
        match engine.execution(id).delete().await {
            Ok(()) | Err(DeleteWorkflowError::Request(RequestError::NotFound { .. })) => {
                return Ok(());
            }
            Err(DeleteWorkflowError::StillOpen { .. }) => tokio::task::yield_now().await,
            Err(error) => return Err(error),
        }
    }
}

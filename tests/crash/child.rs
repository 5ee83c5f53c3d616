//! The process that the crash test kills: an engine that is asked on standard input and
//! acknowledges on standard output.

use std::{env, error::Error, path::PathBuf};

use futures::StreamExt as _;
use sempre::{Engine, client::SignalWorkflowError, storage::Durability};
use sempre_tests::crash::{
    codec,
    journey::{Detour, Journey, JourneyHandle as _, Steps},
    ledger::Ledger,
    parent::{self, fail, say},
    protocol::{Reply, Request, signal_request_id, start_request_id},
};

/// About forty records.
const JOURNAL_BYTES: usize = 16 * 1024;

#[actix::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut argument = || {
        arguments
            .next()
            .ok_or("a store, a side file and a durability")
    };
    let store = PathBuf::from(argument()?);
    let ledger = Ledger::open(&PathBuf::from(argument()?))?;
    let durability = match argument()?.as_str() {
        "fsync" => Durability::Fsync,
        _ => Durability::Deferred,
    };
    let engine = Engine::open(store)
        .workflow::<Journey>()
        .workflow::<Detour>()
        .activities(Steps { ledger })
        .durability(durability)
        .codec(codec::compression())
        .codec(codec::encryption())
        // So little that records are put to their place all the time.
        .journal_capacity_bytes(JOURNAL_BYTES)
        .threads(2)
        .start()
        .await?;
    say(&Reply::Ready)?;

    let mut requests = parent::requests(str::parse::<Request>);
    while let Some(request) = requests.next().await {
        let engine = engine.clone();
        actix::spawn(async move {
            if let Err(error) = carry_out(&engine, request).await {
                fail(&error);
            }
        });
    }
    engine.shutdown().await;
    Ok(())
}

async fn carry_out(engine: &Engine, request: Request) -> Result<(), Box<dyn Error>> {
    match request {
        Request::Start(id) => {
            let journey = engine.workflow::<Journey>(&*id);
            let started = journey.start(()).request_id(start_request_id(&id)).await?;
            let run_id = started.run_id().ok_or("a start names its run")?;
            say(&Reply::Started(id.clone(), run_id.to_string()))?;
            started.result().await?;
            say(&Reply::Closed(id))?;
        }
        Request::Signal(id, number) => {
            let journey = engine.workflow::<Journey>(&*id);
            let request_id = signal_request_id(&id, number);
            match journey.cheer(number).request_id(request_id).await {
                Ok(()) => say(&Reply::Signaled(id, number))?,
                Err(SignalWorkflowError::Closed { .. }) => {
                    say(&Reply::Refused(id, number))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

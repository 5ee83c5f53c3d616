//! The process that is killed: an engine that is asked on standard input and acknowledges on standard
//! output.

use std::{cell::Cell, error::Error, io, path::PathBuf, rc::Rc, sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, select};
use sempre::{
    Engine,
    client::ArchivedRun,
    runtime::EngineBuilder,
    storage::{FileStorage, SledOptions, SledStore, StorageError},
};

use crate::{
    campaign::{
        clock::Hasty,
        errand::{Errand, limited},
        line::{self, InForce, Reply, Request},
        mutant::{Mutant, MutantFiles},
        place::Folder,
        workload::{Again, BANK, Bank, Board, Chit, Leg, Steps, THRESHOLD_BYTES, Tick, Trip, look},
    },
    crash::{
        ledger::{Ledger, Mark},
        parent::{self, fail},
    },
};

/// So little that records are put to their place all the time.
const JOURNAL_BYTES: usize = 32 * 1024;
/// How long chits are kept once their time is looked at.
const KEPT: Duration = Duration::from_secs(3_600);

/// How a child lives.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Whether its disk may fail, so that what is refused is told and not a fault.
    pub is_tolerant: bool,
    /// Whether its clock is ahead and runs fast, and closed chits are let go.
    pub expires: bool,
    /// What is wrong with it on purpose.
    pub mutant: Option<Mutant>,
}

/// Lives in this folder until it is killed or asked for nothing more.
///
/// # Errors
/// What should not have happened.
pub async fn live(folder: PathBuf, manners: Manners) -> Result<(), Box<dyn Error>> {
    let folder = Folder::new(folder);
    let started = async {
        let payloads = Arc::new(FileStorage::open(folder.payloads())?);
        let engine = start(&folder, &payloads, manners).await?;
        Ok::<_, Box<dyn Error>>((engine, payloads))
    };
    let (engine, payloads) = match started.await {
        Err(error) if manners.is_tolerant => return Ok(say(&Reply::Failed(error.to_string()))?),
        started => started?,
    };
    say(&Reply::Ready(in_force(&engine)))?;
    let has_failed = Rc::new(Cell::new(false));
    let mut failed = Box::pin(engine.failed().fuse());
    let mut requests = parent::requests(line::read::<Request>);
    loop {
        select! {
            failure = failed => {
                if !manners.is_tolerant {
                    return Err(failure.into());
                }
                has_failed.set(true);
                if manners.mutant == Some(Mutant::HideFailure) {
                    continue;
                }
                say(&Reply::Failed(failure.cause))?;
            }
            request = requests.next() => {
                let Some(request) = request else { break };
                let errand = Errand {
                    engine: engine.clone(),
                    payloads: Arc::clone(&payloads),
                    backups: folder.backups(),
                    mutant: manners.mutant,
                };
                let has_failed = Rc::clone(&has_failed);
                actix::spawn(async move {
                    match errand.carry_out(&request).await {
                        Ok(reply) => tell(&reply),
                        // Whoever waits for a result when the engine stops is told so.
                        Err(_) if has_failed.get() => {}
                        Err(_) if manners.is_tolerant => tell(&Reply::Refused(request)),
                        Err(error) => fail(&format!("{request:?}: {error}")),
                    }
                });
            }
        }
    }
    drop(failed);
    engine.shutdown().await;
    Ok(())
}

async fn start(
    folder: &Folder,
    payloads: &Arc<FileStorage>,
    manners: Manners,
) -> Result<Engine, Box<dyn Error>> {
    let steps = Ledger::open(&folder.steps())?;
    let bank = Ledger::open(&folder.bank())?;
    let files = MutantFiles::new(Arc::clone(payloads), manners.mutant);
    let mut engine = open(folder, manners.mutant)?
        .workflow::<Trip>()
        .workflow::<Leg>()
        .workflow::<Again>()
        .workflow::<Board>()
        .workflow::<Chit>()
        .workflow::<Tick>()
        .activities(Steps { ledger: steps })
        .activities(look)
        .activities_on(BANK, Bank { ledger: bank })
        .payload_storage(files)
        .payload_threshold_bytes(THRESHOLD_BYTES)
        .threads(2);
    if manners.expires {
        let archive = Ledger::open(&folder.archive())?;
        let archive = move |run: &ArchivedRun| {
            let id = run.run.workflow_id.to_string();
            archive.write(Mark::End, &(id, run.run.run_id.to_string()), 1)
        };
        engine = engine
            .clock(Hasty::default())
            .retention_of("Chit", KEPT)
            .archive(archive);
    }
    Ok(engine.start().await?)
}

/// The engine's store: its own, unless a mutant stands before it.
fn open(folder: &Folder, mutant: Option<Mutant>) -> Result<EngineBuilder, StorageError> {
    let open = || {
        let options = SledOptions::default().journal_capacity_bytes(JOURNAL_BYTES);
        SledStore::open(folder.store(), options)
    };
    let store = mutant.map(|mutant| mutant.store(open)).transpose()?;
    Ok(match store.flatten() {
        Some(store) => Engine::on_store(store),
        None => Engine::open(folder.store()).journal_capacity_bytes(JOURNAL_BYTES),
    })
}

fn in_force(engine: &Engine) -> InForce {
    let queue = engine.task_queue(BANK).describe();
    InForce {
        queue_paused: queue.paused.is_some(),
        queue_limited: queue.is_limited && queue.options == limited(),
        type_paused: engine.workflow_type("Trip").paused().is_some(),
    }
}

/// Says so to the parent.
pub(super) fn say(reply: &Reply) -> io::Result<()> {
    let line = line::write(reply).map_err(|error| io::Error::other(error.to_string()))?;
    parent::say(&line)
}

/// Says so, or ends.
fn tell(reply: &Reply) {
    if let Err(error) = say(reply) {
        fail(&error);
    }
}

/// Compacts the store in this folder, which is what the process does that is killed meanwhile.
///
/// # Errors
/// The store's.
pub fn compact(folder: PathBuf) -> Result<(), Box<dyn Error>> {
    let store = Folder::new(folder).store();
    SledStore::compact(store, SledOptions::default())?;
    Ok(())
}

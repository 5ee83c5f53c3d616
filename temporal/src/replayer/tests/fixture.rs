//! A workflow, its histories, and folders to put them in.

use std::{error::Error, fs, path::Path, time::Duration};

use sempre::{
    Canceled, Workflow, WorkflowContext, handlers, model::History, testing::TestEnvironment,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Replayer, TemporalHistory};

pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// Sleeps for two days, unless it is told to stop.
#[derive(Workflow, Default)]
pub(super) struct Nap {
    told: bool,
}

#[handlers]
impl Nap {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, name: String) -> Result<String, Canceled> {
        ctx.sleep(DAY).await?;
        ctx.sleep(DAY).await?;
        Ok(format!("good morning, {name}"))
    }

    #[signal]
    pub(super) fn tell(&mut self) {
        self.told = true;
    }
}

/// The same after a change: it sleeps once.
#[derive(Workflow, Default)]
#[workflow(name = "Nap")]
pub(super) struct ShorterNap;

#[handlers]
impl ShorterNap {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, name: String) -> Result<String, Canceled> {
        ctx.sleep(DAY).await?;
        Ok(format!("good morning, {name}"))
    }
}

/// The same after a change of what it says only.
#[derive(Workflow, Default)]
#[workflow(name = "Nap")]
pub(super) struct PoliterNap;

#[handlers]
impl PoliterNap {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, name: String) -> Result<String, Canceled> {
        ctx.sleep(DAY).await?;
        ctx.sleep(DAY).await?;
        Ok(format!("a very good morning to you, {name}"))
    }
}

/// Another workflow.
#[derive(Workflow, Default)]
pub(super) struct Walk;

#[handlers]
impl Walk {
    #[run]
    async fn run(_: WorkflowContext<Self>) {}
}

pub(super) fn naps() -> Replayer {
    Replayer::new().workflow::<Nap>()
}

/// The history of a nap, to its end.
pub(super) async fn nap(env: &TestEnvironment) -> Result<History, Box<dyn Error>> {
    let nap = env.workflow::<Nap>("ada").start("Ada".into()).await?;
    nap.result().await?;
    Ok(nap.history().await?)
}

/// A history in Temporal's JSON.
pub(super) fn json(history: &History) -> Value {
    TemporalHistory::from_history(history).unwrap().to_json()
}

/// A folder with these files.
pub(super) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// The text without the path of a folder.
pub(super) fn inside(folder: &Path, text: &str) -> String {
    text.replace(folder.to_str().unwrap(), "…")
}

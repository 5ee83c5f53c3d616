//! Large values come to their end wherever the engine crashes, and leave nothing when their runs have
//! gone.

use std::error::Error;

use sempre::{
    ApplicationFailure, OrFailure as _, Workflow, WorkflowContext, activity,
    client::{DeleteWorkflowError, RequestError},
    handlers,
    testing::{CrashRunner, TestEnvironment},
};
use sempre_tests::Shelf;

/// From here on payloads are put away.
const THRESHOLD: usize = 1024;

fn large(name: &str) -> String {
    format!("{name} {}", "x".repeat(2 * THRESHOLD))
}

#[activity(start_to_close = "10s")]
async fn stamp(value: String) -> String {
    format!("stamped {value}")
}

/// Has its input stamped, by itself or by a child, and waits for a note.
#[derive(Workflow, Default)]
struct Parcel {
    note: Option<String>,
}

#[handlers]
impl Parcel {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (value, children): (String, u32),
    ) -> Result<String, ApplicationFailure> {
        let stamped = ctx.activity(stamp, value).await.or_failure("Stamp")?;
        if children > 0 {
            let child = ctx.child::<Self>("child").run((stamped, children - 1));
            return child.await.or_failure("Child");
        }
        let noted = ctx.wait_until(|parcel| parcel.note.is_some()).await;
        noted.or_failure("Canceled")?;
        Ok(format!("{stamped} {:?}", ctx.state(|it| it.note.clone())))
    }

    #[signal]
    fn note(&mut self, note: String) {
        self.note = Some(note);
    }
}

/// Deletes a run, again if the engine has crashed meanwhile or the run has something to say yet.
async fn delete(env: &TestEnvironment, id: &str) -> Result<(), DeleteWorkflowError> {
    loop {
        match env.workflow::<Parcel>(id).delete().await {
            Ok(()) | Err(DeleteWorkflowError::Request(RequestError::NotFound { .. })) => {
                return Ok(());
            }
            Err(
                DeleteWorkflowError::StillOpen { .. }
                | DeleteWorkflowError::Request(RequestError::Unknown { .. }),
            ) => tokio::task::yield_now().await,
            Err(error) => return Err(error),
        }
    }
}

#[sempre::test]
async fn large_values_are_read_and_deleted_whenever_the_engine_crashes() {
    let shelf = Shelf::default();
    let storage = shelf.clone();
    let crashes = CrashRunner::new(move || {
        let storage = storage.clone();
        TestEnvironment::builder()
            .workflow::<Parcel>()
            .activities(stamp)
            .engine(move |engine| {
                let engine = engine.payload_storage(storage.taken_over());
                engine.payload_threshold_bytes(THRESHOLD)
            })
    })
    .run(async |env: TestEnvironment| {
        let parcel = env.workflow::<Parcel>("parcel");
        let parcel = parcel
            .start((large("input"), 1))
            .request_id("parcel")
            .await?;
        let child = env.workflow::<Parcel>("child");
        while child.describe().await.is_err() {
            tokio::task::yield_now().await;
        }
        child.note(large("note")).request_id("note").await?;
        let stamped = parcel.result().await?;
        // What both have read and said.
        let kept = shelf.keys().len();
        delete(&env, "child").await?;
        let again = parcel.result().await?;
        delete(&env, "parcel").await?;
        // What a crash has left was looked for when the next engine started.
        shelf.until(<[_]>::is_empty).await;
        Ok::<_, Box<dyn Error>>((stamped == again, kept >= 4))
    })
    .await;
    assert!(crashes >= 10, "crashes={crashes}");
}

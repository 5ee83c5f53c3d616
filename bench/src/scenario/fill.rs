//! Starting many workflows, a bounded number at a time.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use sempre::{Engine, Workflow, definition::WorkflowSignature};

use crate::{Outcome, child::Job, scenario::plan::grouped};

/// Bound: starts that wait for the disk at the same time.
pub(crate) const AT_ONCE: usize = 4_096;
/// After this many starts the watcher is told.
const NOTED: u64 = 10_000;

/// Starts workflows with these inputs, and waits until all of them are durable.
pub(crate) async fn start_all<W>(
    engine: &Engine,
    job: &Job,
    prefix: &str,
    inputs: impl ExactSizeIterator<Item = W::Input>,
) -> Outcome
where
    W: Workflow + WorkflowSignature,
{
    let all = inputs.len() as u64;
    let starts = (0_u64..).zip(inputs).map(|(number, input)| {
        let handle = engine.workflow::<W>(format!("{prefix}-{number}"));
        async move { handle.start(input).await.map(drop) }
    });
    let mut done = 0;
    stream::iter(starts)
        .buffer_unordered(AT_ONCE)
        .try_for_each(|()| {
            done += 1;
            if done % NOTED == 0 {
                job.note(format!("{} of {} started", grouped(done), grouped(all)));
            }
            futures::future::ok(())
        })
        .await?;
    Ok(())
}

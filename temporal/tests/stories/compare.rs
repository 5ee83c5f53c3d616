//! What of a history is compared: everything that sempre has a model of, but for
//!
//! | what | because |
//! |---|---|
//! | times, sizes, identities, request ids, the library's name and flags | they say when and by whom it was recorded |
//! | who has terminated a run, and why | it is a person |
//! | run ids | they are numbered in the order in which they appear |
//! | how long the first workflow task waits after a continue-as-new | it depends on how quick the server was |
//! | where a failure comes from, and its stack trace | it is another language |
//! | several arguments | sempre's workflows have one, a list of them |
//! | timeouts and retry policies of activities where none was given | sempre fills in fewer of them |

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use sempre::{
    Workflow,
    model::{
        ContinueAsNewInitiator, EventAttributes as E, Failure, History, Identity, Payload,
        Payloads, RequestId, RunId, Timestamp, event::workflow_execution::Terminated,
    },
    testing::TestEnvironment,
};
use sempre_temporal::TemporalHistory;

use crate::Outcome;

/// Stands for a workflow of any type, where only its history matters.
#[derive(Workflow, Default)]
struct Any;

/// The histories of a chain as they are compared.
pub(crate) async fn runs(
    env: &TestEnvironment,
    workflow_id: &str,
    first: RunId,
) -> Outcome<Vec<String>> {
    let engine = env.engine().await;
    let mut numbers = Numbers::default();
    let mut runs = Vec::new();
    let mut next = Some(first);
    while let Some(run_id) = next {
        let workflow_id = format!("{workflow_id}-w");
        let run = engine.workflow::<Any>(workflow_id).at_run(run_id);
        let history = run.history().await?;
        let last = history.attributes().last();
        next = last.and_then(E::new_execution_run_id);
        runs.push(comparable(history, &mut numbers));
    }
    Ok(runs)
}

/// The histories of a story as they are compared.
pub(crate) fn recorded(folder: &Path) -> Outcome<Vec<String>> {
    let mut numbers = Numbers::default();
    let mut runs = Vec::new();
    for number in 1.. {
        let path = folder.join(format!("run{number}.json"));
        if !path.is_file() {
            break;
        }
        for history in TemporalHistory::from_json(&fs::read_to_string(path)?)? {
            runs.push(comparable(history.history(), &mut numbers));
        }
    }
    Ok(runs)
}

/// Runs, by the order in which they appear.
#[derive(Default)]
struct Numbers(BTreeMap<RunId, u32>);

impl Numbers {
    fn number(&mut self, run_id: &mut RunId) {
        if *run_id == RunId::default() {
            return;
        }
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX) + 1;
        let number = *self.0.entry(*run_id).or_insert(next);
        *run_id = RunId::from_u128(number.into());
    }
}

fn comparable(history: History, numbers: &mut Numbers) -> String {
    let mut text = String::new();
    for mut event in history.events {
        adjust(&mut event.attributes, numbers);
        let line = format!("{} {:#?}\n", event.id, event.attributes);
        text.push_str(&line);
    }
    text
}

#[expect(clippy::too_many_lines, reason = "an arm for each type of event")]
fn adjust(attributes: &mut E, numbers: &mut Numbers) {
    match attributes {
        E::WorkflowExecutionStarted(it) => {
            it.identity = Identity::default();
            it.request_id = RequestId::default();
            it.workflow_execution_expiration_time = it
                .workflow_execution_expiration_time
                .map(|_| Timestamp::EPOCH);
            let lineage = &mut it.lineage;
            if lineage.initiator == ContinueAsNewInitiator::Workflow {
                it.first_workflow_task_backoff = Duration::ZERO;
            }
            // A schedule or a first run of cron is told nothing of the run before.
            for run_id in [
                &mut lineage.original_execution_run_id,
                &mut lineage.first_execution_run_id,
            ] {
                numbers.number(run_id);
            }
            lineage
                .continued_execution_run_id
                .iter_mut()
                .for_each(|it| numbers.number(it));
            if let Some(failure) = &mut lineage.continued_failure {
                blank(failure);
            }
            one_argument(&mut it.input);
        }
        E::WorkflowExecutionContinuedAsNew(it) => {
            it.new_execution_run_id
                .iter_mut()
                .for_each(|it| numbers.number(it));
            one_argument(&mut it.input);
        }
        E::WorkflowExecutionCompleted(it) => {
            it.new_execution_run_id
                .iter_mut()
                .for_each(|it| numbers.number(it));
        }
        E::WorkflowExecutionFailed(it) => {
            it.new_execution_run_id
                .iter_mut()
                .for_each(|it| numbers.number(it));
            blank(&mut it.failure);
        }
        E::WorkflowExecutionTimedOut(it) => {
            it.new_execution_run_id
                .iter_mut()
                .for_each(|it| numbers.number(it));
        }
        E::WorkflowExecutionSignaled(it) => {
            it.identity = Identity::default();
            it.request_id = RequestId::default();
        }
        E::WorkflowExecutionTerminated(it) => {
            *it = Terminated::default();
        }
        E::WorkflowExecutionCancelRequested(it) => {
            it.identity = Identity::default();
            it.request_id = RequestId::default();
        }
        E::WorkflowTaskStarted(it) => {
            it.identity = Identity::default();
            it.request_id = RequestId::default();
            it.history_size_bytes = 0;
        }
        E::WorkflowTaskCompleted(it) => {
            it.identity = Identity::default();
            it.sdk_metadata = sempre::model::event::workflow_task::SdkMetadata::default();
        }
        E::ActivityTaskScheduled(it) => {
            it.schedule_to_close_timeout = Duration::ZERO;
            it.schedule_to_start_timeout = Duration::ZERO;
            it.retry_policy = sempre::RetryPolicy::default();
        }
        E::TimerCanceled(it) => it.identity = Identity::default(),
        _ => {}
    }
}

/// Forgets in which language something failed.
fn blank(failure: &mut Failure) {
    failure.stack_trace.clear();
    if failure.timeout_type().is_none() {
        failure.source.clear();
    }
}

/// Makes one argument of several, a list of them.
fn one_argument(input: &mut Payloads) {
    let texts: Vec<_> = input
        .0
        .iter()
        .map(|it| String::from_utf8_lossy(&it.data))
        .collect();
    let ([_, _, ..], Some(first)) = (&*texts, input.0.first().cloned()) else {
        return;
    };
    let list = Payload {
        data: format!("[{}]", texts.join(",")).into(),
        ..first
    };
    *input = list.into();
}

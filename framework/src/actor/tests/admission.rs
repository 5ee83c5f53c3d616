//! Which start is admitted, as a table.

use crate::{
    actor::shard::{Admission, admit},
    machine::execution::decide::Start,
    model::{
        ExecutionStatus, Identity, Payloads, RequestId, SearchAttributeSchema, StartOptions,
        WorkflowExecution, WorkflowIdConflictPolicy as Conflict, WorkflowIdReusePolicy as Reuse,
    },
    storage::RunEntry,
};

fn start(reuse: Reuse, conflict: Conflict) -> Start {
    Start {
        execution: WorkflowExecution::default(),
        workflow_type: "Order".into(),
        input: Payloads::EMPTY,
        options: StartOptions {
            id_reuse_policy: reuse,
            id_conflict_policy: conflict,
            ..StartOptions::default()
        },
        request_id: RequestId::new("second"),
        identity: Identity::default(),
        signal: None,
        update: None,
        schema: SearchAttributeSchema::default(),
        parent: None,
        inheritance: None,
    }
}

fn latest(status: ExecutionStatus) -> RunEntry {
    RunEntry {
        status,
        start_request_id: RequestId::new("first"),
        ..RunEntry::default()
    }
}

#[test]
fn id_policies_decide_about_a_start() {
    use Admission::{Existing, Refuse, Replace, StartNew};
    use ExecutionStatus::{Canceled, Completed, Failed, Running, Terminated, TimedOut};
    let table = [
        (Running, Reuse::AllowDuplicate, Conflict::Fail, Refuse),
        (
            Running,
            Reuse::AllowDuplicate,
            Conflict::UseExisting,
            Existing,
        ),
        (
            Running,
            Reuse::AllowDuplicate,
            Conflict::TerminateExisting,
            Replace,
        ),
        (Completed, Reuse::AllowDuplicate, Conflict::Fail, StartNew),
        (
            Completed,
            Reuse::AllowDuplicateFailedOnly,
            Conflict::Fail,
            Refuse,
        ),
        (
            Completed,
            Reuse::RejectDuplicate,
            Conflict::UseExisting,
            Refuse,
        ),
        (
            Failed,
            Reuse::AllowDuplicateFailedOnly,
            Conflict::Fail,
            StartNew,
        ),
        (
            Canceled,
            Reuse::AllowDuplicateFailedOnly,
            Conflict::Fail,
            StartNew,
        ),
        (
            Terminated,
            Reuse::AllowDuplicateFailedOnly,
            Conflict::Fail,
            StartNew,
        ),
        (
            TimedOut,
            Reuse::AllowDuplicateFailedOnly,
            Conflict::Fail,
            StartNew,
        ),
        (TimedOut, Reuse::RejectDuplicate, Conflict::Fail, Refuse),
    ];
    for (status, reuse, conflict, expected) in table {
        let decided = admit(&latest(status), &start(reuse, conflict));
        assert_eq!(decided, expected, "{status} {reuse} {conflict}");
    }
}

#[test]
fn the_same_request_gets_the_same_run() {
    let mut again = start(Reuse::RejectDuplicate, Conflict::Fail);
    again.request_id = RequestId::new("first");
    for status in [ExecutionStatus::Running, ExecutionStatus::Completed] {
        assert_eq!(admit(&latest(status), &again), Admission::Existing);
    }
}

//! Acting on one run of a bulk job, so that it happens once however often it is tried.
//!
//! Each request has an id that names the job and the run. An attempt that was lost may have acted on the
//! run already, so one behind it looks into the run's history for that id before it does something that
//! could take effect twice, or that would be refused because it has taken effect.
//!
//! | operation | repeated |
//! |---|---|
//! | signal | is known by its request id, also by a run that has closed |
//! | cancel, terminate, pause, unpause | are looked for in the history |
//! | reset | is known by its request id; where another run has followed, by what the run was reset to |
//! | retry | ends the backoffs that there are |
//! | delete | finds nothing |

use std::sync::Arc;

use crate::{
    bulk::{BulkOperation, spec::BulkSpec, verdict::Verdict},
    client::{Reach, Refusal, Target, WorkflowService},
    machine::execution::{
        Rejection,
        decide::{
            Pause, RequestCancel, ResetRun, RetryNow, SignalMessage, Steer, Terminate, Unpause,
        },
    },
    model::{
        EventAttributes, Payloads, Reapplied, RequestId, ResetPoint, Timestamp, WorkflowExecution,
        bulk::bulk_request_id,
    },
};

/// Who acts on runs for a job.
pub(super) struct Actor {
    pub(super) service: Arc<dyn WorkflowService>,
    pub(super) spec: BulkSpec,
    /// When the job began.
    pub(super) began_at: Timestamp,
    /// Whether a run may have been acted on already.
    pub(super) may_be_done: bool,
}

pub(super) fn at_run(execution: &WorkflowExecution) -> Target {
    Target {
        workflow_id: execution.workflow_id.clone(),
        run_id: Some(execution.run_id),
        reach: Reach::Run,
    }
}

impl Actor {
    /// Does to a run what the job was asked to do.
    pub(super) async fn act_on(&self, run: &WorkflowExecution) -> Verdict {
        let operation = &self.spec.operation;
        let request_id = bulk_request_id(&self.spec.job_id, self.began_at, run.run_id);
        if self.may_be_done && is_told_by_history(operation) {
            match self.was_done(run, &request_id).await {
                Ok(true) => return Verdict::Done,
                Ok(false) => {}
                Err(refusal) => return Verdict::of::<()>(operation, Err(refusal)),
            }
        }
        let answer = match operation {
            BulkOperation::Signal {
                signal_name,
                input,
                header,
            } => {
                let message = SignalMessage {
                    name: signal_name.clone(),
                    input: input.clone(),
                    identity: self.spec.identity.clone(),
                    request_id,
                    header: header.clone(),
                };
                self.service.signal(at_run(run), message).await
            }
            BulkOperation::Cancel => return self.cancel(run, request_id).await,
            BulkOperation::Terminate => {
                let message = Terminate {
                    reason: self.spec.reason.clone(),
                    details: mark(&request_id),
                    identity: self.spec.identity.clone(),
                };
                self.service.terminate(at_run(run), message).await
            }
            BulkOperation::Reset { point, reapplied } => {
                return self.reset(run, request_id, point, *reapplied).await;
            }
            BulkOperation::Pause => {
                let message = Steer::Pause(Pause {
                    reason: self.spec.reason.clone(),
                    identity: self.spec.identity.clone(),
                    request_id,
                });
                self.service.steer(at_run(run), message).await
            }
            BulkOperation::Unpause => {
                let message = Steer::Unpause(Unpause {
                    reason: self.spec.reason.clone(),
                    identity: self.spec.identity.clone(),
                    request_id,
                });
                self.service.steer(at_run(run), message).await
            }
            BulkOperation::RetryNow => {
                let retried = self.service.retry_now(at_run(run), RetryNow::default());
                retried.await.map(drop)
            }
            BulkOperation::Delete => self.service.delete(at_run(run)).await,
        };
        Verdict::of(operation, answer)
    }

    /// A request that a run stops is accepted by one that has closed, which is to be told apart.
    async fn cancel(&self, run: &WorkflowExecution, request_id: RequestId) -> Verdict {
        let operation = &self.spec.operation;
        match self.service.describe(at_run(run)).await {
            Ok(described) if !described.state.status().is_open() => {
                let status = described.state.status();
                let closed = Refusal::Rejected(Rejection::AlreadyClosed { status });
                return Verdict::of::<()>(operation, Err(closed));
            }
            // It is asked nevertheless: what cannot be described may be cancelable.
            Ok(_) | Err(_) => {}
        }
        let message = RequestCancel {
            cause: self.spec.reason.clone(),
            identity: self.spec.identity.clone(),
            request_id,
        };
        Verdict::of(
            operation,
            self.service.request_cancel(at_run(run), message).await,
        )
    }

    async fn reset(
        &self,
        run: &WorkflowExecution,
        request_id: RequestId,
        point: &ResetPoint,
        reapplied: Reapplied,
    ) -> Verdict {
        let message = ResetRun {
            point: point.clone(),
            reason: self.spec.reason.clone(),
            reapplied,
            request_id: request_id.clone(),
        };
        let answer = self.service.reset(at_run(run), message).await;
        if let Err(Refusal::Followed { .. }) = &answer
            && self.may_be_done
            && self.was_reset(run, &request_id).await
        {
            return Verdict::Done;
        }
        Verdict::of(&self.spec.operation, answer)
    }

    /// Whether a run was reset by this request.
    async fn was_reset(&self, run: &WorkflowExecution, request_id: &RequestId) -> bool {
        let Ok(base) = self.service.describe(at_run(run)).await else {
            return false;
        };
        let Some(run_id) = base.state.reset_to() else {
            return false;
        };
        let fork = self.service.describe(at_run(&WorkflowExecution {
            workflow_id: run.workflow_id.clone(),
            run_id,
        }));
        let fork = fork.await;
        fork.is_ok_and(|fork| fork.state.reset_request_id() == Some(request_id))
    }

    /// Whether the history of a run says that this request has taken effect.
    async fn was_done(
        &self,
        run: &WorkflowExecution,
        request_id: &RequestId,
    ) -> Result<bool, Refusal> {
        let history = self.service.readable_history(at_run(run)).await?;
        let mark = mark(request_id);
        Ok(history.attributes().any(|event| match event {
            EventAttributes::WorkflowExecutionCancelRequested(it) => it.request_id == *request_id,
            EventAttributes::WorkflowExecutionTerminated(it) => it.details == mark,
            EventAttributes::WorkflowExecutionPaused(it) => it.request_id == *request_id,
            EventAttributes::WorkflowExecutionUnpaused(it) => it.request_id == *request_id,
            _ => false,
        }))
    }
}

/// Whether the history of a run says that this was done to it, and nothing else does.
fn is_told_by_history(operation: &BulkOperation) -> bool {
    match operation {
        BulkOperation::Cancel
        | BulkOperation::Terminate
        | BulkOperation::Pause
        | BulkOperation::Unpause => true,
        BulkOperation::Signal { .. }
        | BulkOperation::Reset { .. }
        | BulkOperation::RetryNow
        | BulkOperation::Delete => false,
    }
}

/// What a termination has to say of its request, which its event has no field for.
fn mark(request_id: &RequestId) -> Payloads {
    // Invariant: a text always becomes a payload.
    Payloads::encode(request_id.as_str()).unwrap_or(Payloads::EMPTY)
}

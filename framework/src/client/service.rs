//! The port to an engine, wherever it is: fourteen questions, each with one answer.

use futures::future::BoxFuture;

use crate::{
    actor::{Description, Refusal, StartRequest, Started, Target, UpdateAnswer},
    machine::execution::decide::{
        HeartbeatResponse, ReportActivity, RequestCancel, ResetRun, RetryNow, SignalMessage, Steer,
        Terminate,
    },
    model::{
        EventAttributes, History, Payload, Payloads, QueryName, RunId, UpdateId, event::update,
    },
};

/// The answer to a request, once what caused it is durable.
pub type Answer<T> = BoxFuture<'static, Result<T, Refusal>>;

/// An engine as its clients see it.
///
/// Contract: an answer is given only when everything that caused it is durable. A refusal means
/// that nothing has changed, except where its [`outcome`](Refusal::outcome) says that this is not
/// known; it never says so of a request that only reads.
pub trait WorkflowService: Send + Sync + 'static {
    /// Starts an execution.
    fn start(&self, request: StartRequest) -> Answer<Started>;

    /// Records a signal.
    fn signal(&self, target: Target, message: SignalMessage) -> Answer<()>;

    /// Records that a run should stop.
    fn request_cancel(&self, target: Target, message: RequestCancel) -> Answer<()>;

    /// Ends a run.
    fn terminate(&self, target: Target, message: Terminate) -> Answer<()>;

    /// Deletes a run that has closed or is damaged.
    fn delete(&self, target: Target) -> Answer<()>;

    /// Has another run go on from a point of a run's history; says which one it is.
    fn reset(&self, target: Target, message: ResetRun) -> Answer<RunId>;

    /// Tries again what backs off; says how much that is.
    fn retry_now(&self, target: Target, message: RetryNow) -> Answer<usize>;

    /// Does what an operator wants to be done about a run.
    fn steer(&self, target: Target, message: Steer) -> Answer<()>;

    /// Records what has become of an activity elsewhere; says whether it is to stop.
    fn report_activity(&self, target: Target, message: ReportActivity)
    -> Answer<HeartbeatResponse>;

    /// Has a program carry an update out; says how far it has got once the program has accepted it.
    fn update(&self, target: Target, request: update::Request) -> Answer<UpdateAnswer>;

    /// Waits until an update is completed that was accepted, and says what came of it.
    fn await_update(&self, target: Target, update_id: UpdateId) -> Answer<UpdateAnswer>;

    /// Asks a program.
    fn query(&self, target: Target, name: QueryName, input: Payloads) -> Answer<Payload>;

    /// Waits until a run has closed, and says how.
    fn await_close(&self, target: Target) -> Answer<EventAttributes>;

    /// Says how a run stands.
    fn describe(&self, target: Target) -> Answer<Box<Description>>;

    /// Hands out a history, as it is kept.
    fn history(&self, target: Target) -> Answer<History>;

    /// The same with the values that can be decoded; where nothing is encoded, the same.
    fn readable_history(&self, target: Target) -> Answer<History> {
        self.history(target)
    }
}

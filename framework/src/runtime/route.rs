//! The way from any thread to the shard that owns an execution.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix::{Addr, dev::SendError};
use arc_swap::ArcSwap;
use derive_more::Debug;
use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{Either, select},
};

use crate::{
    actor::{
        CountedMail, ExecutionRequest, Outage, Reach, Refusal, Reply, RequestLoad, RunningCode,
        Shard, ShardMail, StartRequest, Started, Target, UpdateAnswer, Watched,
    },
    client::{Answer, WorkflowService},
    machine::execution::{
        Message, MessageContent,
        decide::{
            HeartbeatResponse, ReportActivity, RequestCancel, ResetRun, RetryNow, SignalMessage,
            Steer, Terminate,
        },
    },
    model::{
        EventAttributes, History, Payload, Payloads, QueryName, RunId, UpdateId, WorkflowId,
        event::update,
    },
    runtime::{
        health::{ThreadHealth, ThreadLoad},
        lane::LaneAddress,
    },
};

/// The shards of an engine, by the executions they own.
#[derive(Clone, Debug)]
pub(super) struct Routes(Arc<Table>);

#[derive(Debug)]
struct Table {
    #[debug("{}", shards.len())]
    shards: Vec<ArcSwap<LaneAddress>>,
    closed: AtomicBool,
    load: Arc<RequestLoad>,
}

/// The same, without keeping anything alive.
#[derive(Clone, Debug)]
pub(super) struct RoutesWeak(Weak<Table>);

impl RoutesWeak {
    /// The routes, if anybody still has them.
    pub(super) fn upgrade(&self) -> Option<Routes> {
        self.0.upgrade().map(Routes)
    }
}

/// The shard that owns an execution, of this many. Not stored anywhere: the number of shards may
/// change from one start to the next.
pub(super) fn shard_of(workflow_id: &WorkflowId, shards: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    workflow_id.hash(&mut hasher);
    let slots = u64::try_from(shards.max(1)).unwrap_or(u64::MAX);
    usize::try_from(hasher.finish() % slots).unwrap_or_default()
}

impl Routes {
    pub(super) fn new(shards: Vec<LaneAddress>, load: Arc<RequestLoad>) -> Self {
        let shards = shards.into_iter().map(ArcSwap::from_pointee).collect();
        Self(Arc::new(Table {
            shards,
            closed: AtomicBool::new(false),
            load,
        }))
    }

    /// The same, without keeping anything alive.
    pub(super) fn downgrade(&self) -> RoutesWeak {
        RoutesWeak(Arc::downgrade(&self.0))
    }

    /// Refuses all requests from now on.
    pub(super) fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
    }

    /// The shards as they are now.
    pub(super) fn addresses(&self) -> Vec<Addr<Shard>> {
        self.0
            .shards
            .iter()
            .map(|lane| lane.load().shard.clone())
            .collect()
    }

    /// Puts another shard in the place of one whose thread is lost.
    pub(super) fn replace(&self, index: usize, address: LaneAddress) {
        if let Some(lane) = self.0.shards.get(index) {
            lane.store(Arc::new(address));
        }
    }

    fn find(&self, workflow_id: &WorkflowId) -> Option<Arc<LaneAddress>> {
        if self.0.closed.load(Ordering::Acquire) {
            return None;
        }
        let lane = self
            .0
            .shards
            .get(shard_of(workflow_id, self.0.shards.len()))?;
        Some(lane.load_full())
    }

    /// How each thread stands; one that does not answer in time is said not to.
    pub(super) async fn threads(&self) -> Vec<ThreadHealth> {
        let lanes = self.0.shards.iter().map(|lane| ask_lane(lane.load_full()));
        futures::future::join_all(lanes).await
    }

    /// What callers have under way.
    pub(super) fn load(&self) -> &RequestLoad {
        &self.0.load
    }

    fn ask<T: Send + 'static>(
        &self,
        workflow_id: &WorkflowId,
        mail: impl FnOnce(Reply<T>) -> ShardMail,
    ) -> Answer<T> {
        let Some(lane) = self.find(workflow_id) else {
            let refusal = Refusal::Unavailable(Outage::ShuttingDown);
            return futures::future::ready(Err(refusal)).boxed();
        };
        let (reply, answer) = oneshot::channel();
        let mail = mail(reply);
        let counted = match self.0.load.admit(workflow_id, &mail) {
            Ok(counted) => Arc::new(counted),
            Err(refusal) => return futures::future::ready(Err(refusal)).boxed(),
        };
        let mail = CountedMail::new(mail, Arc::clone(&counted));
        let sent = lane.shard.try_send(mail);
        let routes = self.clone();
        async move {
            // A request counts until it is answered, and until the shard has taken it.
            let _counted = counted;
            match sent {
                Ok(()) => {}
                // Bound: past what its mailbox holds, a shard has one mail of each caller, who waits
                // for the answer. Nobody waits for the mail to be taken as well: many callers in
                // one future would look again and again whether it has been.
                Err(SendError::Full(mail)) => lane.shard.do_send(mail),
                // It was not handed over, so nothing can come of it.
                Err(SendError::Closed(_)) => {
                    return Err(Refusal::Unavailable(Outage::ShuttingDown));
                }
            }
            routes.answer(&lane, answer).await
        }
        .boxed()
    }

    /// The answer of a shard that has a request, and may carry it out before anything is lost.
    async fn answer<T>(
        &self,
        lane: &LaneAddress,
        answer: oneshot::Receiver<Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        match select(answer, lane.retired.clone()).await {
            Either::Left((Ok(answer), _)) => answer,
            Either::Left((Err(_), retired)) => {
                // Either a step of the execution has panicked, or the shard; a shard that has
                // panicked answers nothing more, until it has been replaced.
                let (probe, answer) = oneshot::channel();
                // Bound: one mail of each caller whose request was dropped.
                lane.shard.do_send(ShardMail::TakeStock(probe));
                Err(self.lost(match select(answer, retired).await {
                    Either::Left((Ok(_), _)) => Outage::Dropped,
                    Either::Left((Err(_), retired)) => match retired.now_or_never() {
                        Some(_) => Outage::ThreadLost,
                        None => Outage::Dropped,
                    },
                    Either::Right(_) => Outage::ThreadLost,
                }))
            }
            Either::Right(_) => Err(self.lost(Outage::ThreadLost)),
        }
    }

    /// Brings a message of one run to another. It is no request of a caller, and counts as none.
    pub(super) fn deliver(&self, message: Message) -> Answer<()> {
        let Some(lane) = self.find(&message.receiver.workflow_id) else {
            let refusal = Refusal::Unavailable(Outage::ShuttingDown);
            return futures::future::ready(Err(refusal)).boxed();
        };
        let routes = self.clone();
        if let MessageContent::StartChild { .. } = message.content {
            let (reply, answer) = oneshot::channel();
            // Bound: the sender's shard has only so many messages under way.
            lane.shard
                .do_send(ShardMail::StartChild(Box::new(message), reply));
            return async move { routes.answer(&lane, answer).await.map(|_started| ()) }.boxed();
        }
        let (reply, answer) = oneshot::channel();
        let run_id = message.receiver.run_id;
        let is_named = run_id != RunId::default();
        let target = Target {
            workflow_id: message.receiver.workflow_id.clone(),
            run_id: is_named.then_some(run_id),
            // A run that is named is meant alone, but for the first run of a child, which stands for
            // its chain; without a name it is whichever is open.
            reach: if is_named && !message.child_workflow_only {
                Reach::Run
            } else {
                Reach::Chain
            },
        };
        let request = ExecutionRequest::Receive(Box::new(message), reply);
        // Bound: the sender's shard has only so many messages under way.
        lane.shard.do_send(ShardMail::Request(target, request));
        async move { routes.answer(&lane, answer).await }.boxed()
    }

    /// The refusal of a request that was handed over and lost.
    fn lost(&self, outage: Outage) -> Refusal {
        // A thread that ends because the engine does is not to blame.
        let closed = self.0.closed.load(Ordering::Acquire);
        Refusal::Unknown(if closed { Outage::ShuttingDown } else { outage })
    }

    fn request<T: Send + 'static>(
        &self,
        target: Target,
        request: impl FnOnce(Reply<T>) -> ExecutionRequest,
    ) -> Answer<T> {
        let workflow_id = target.workflow_id.clone();
        self.ask(&workflow_id, |reply| {
            ShardMail::Request(target, request(reply))
        })
    }

    /// The same for a request that changes nothing, so that repeating it is always right.
    fn read<T: Send + 'static>(
        &self,
        target: Target,
        request: impl FnOnce(Reply<T>) -> ExecutionRequest,
    ) -> Answer<T> {
        let answer = self.request(target, request);
        answer
            .map(|answer| answer.map_err(Refusal::of_read))
            .boxed()
    }

    /// The same for a request that waits for something: if the thread is lost to another execution
    /// meanwhile, waiting begins again.
    fn wait<T: Send + 'static>(
        &self,
        target: Target,
        request: impl Fn(Reply<T>) -> ExecutionRequest + Send + Sync + 'static,
    ) -> Answer<T> {
        let routes = self.clone();
        async move {
            loop {
                let answer = routes.read(target.clone(), &request).await;
                // Bound: one round per thread that was lost and replaced.
                let replaced = routes
                    .find(&target.workflow_id)
                    .is_some_and(|lane| lane.retired.peek().is_none());
                let lost = matches!(answer, Err(Refusal::Unavailable(Outage::ThreadLost)));
                if !lost || !replaced {
                    return answer;
                }
            }
        }
        .boxed()
    }

    /// Takes an execution back from quarantine.
    pub(super) fn resume(&self, target: Target) -> Answer<()> {
        let workflow_id = target.workflow_id.clone();
        let lane = self.find(&workflow_id);
        let asked = self.ask(&workflow_id, |reply| ShardMail::Resume(target, reply));
        within_patience(asked, lane)
    }
}

/// The answer to an operator, who is told what a thread does that does not answer in time.
fn within_patience<T: Send + 'static>(
    asked: Answer<T>,
    lane: Option<Arc<LaneAddress>>,
) -> Answer<T> {
    let patience = futures_timer::Delay::new(PATIENCE);
    async move {
        match select(asked, patience).await {
            Either::Left((answer, _)) => answer,
            // The thread has the request, and may still carry it out.
            Either::Right(_) => Err(Refusal::Unknown(Outage::NoAnswer {
                thread: lane.map_or_else(String::new, |lane| described(&lane)),
            })),
        }
    }
    .boxed()
}

/// A thread and the user code that it runs.
fn described(lane: &LaneAddress) -> String {
    let thread = lane.watch.thread();
    match running(lane) {
        Some(running) => format!("{thread} running={running}"),
        None => thread.to_string(),
    }
}

/// The user code that a thread runs, on whose behalf, if it does.
fn running(lane: &LaneAddress) -> Option<String> {
    lane.watch.running().map(|running| match running {
        RunningCode::Workflow(Watched {
            code,
            workflow_id,
            run_id,
            ..
        }) => format!("{code} workflow_id={workflow_id} run_id={run_id}"),
        RunningCode::Attempt(attempt) => {
            let (info, run) = (&attempt.info, &attempt.info.execution);
            format!(
                "an attempt activity_type={} workflow_id={} run_id={}",
                info.activity_type, run.workflow_id, run.run_id
            )
        }
    })
}

/// How long a thread has to answer an operator.
const PATIENCE: Duration = Duration::from_secs(1);

async fn ask_lane(lane: Arc<LaneAddress>) -> ThreadHealth {
    let (reply, answer) = oneshot::channel();
    // Bound: one mail of each caller, who waits for the answer.
    lane.shard.do_send(ShardMail::TakeStock(reply));
    let patience = futures_timer::Delay::new(PATIENCE);
    let load = match select(answer, patience).await {
        Either::Left((Ok(stock), _)) => Some(ThreadLoad {
            resident_executions: stock.resident,
            deadlines: stock.deadlines,
            unwritten_transitions: stock.unwritten,
        }),
        Either::Left((Err(_), _)) | Either::Right(_) => None,
    };
    ThreadHealth {
        thread: lane.watch.thread().to_string(),
        load,
        running: running(&lane),
    }
}

impl WorkflowService for Routes {
    fn start(&self, request: StartRequest) -> Answer<Started> {
        let workflow_id = request.workflow_id.clone();
        self.ask(&workflow_id, |reply| {
            ShardMail::Start(Box::new(request), reply)
        })
    }

    fn signal(&self, target: Target, message: SignalMessage) -> Answer<()> {
        self.request(target, |reply| ExecutionRequest::Signal(message, reply))
    }

    fn request_cancel(&self, target: Target, message: RequestCancel) -> Answer<()> {
        self.request(target, |reply| {
            ExecutionRequest::RequestCancel(message, reply)
        })
    }

    fn terminate(&self, target: Target, message: Terminate) -> Answer<()> {
        self.request(target, |reply| ExecutionRequest::Terminate(message, reply))
    }

    fn delete(&self, target: Target) -> Answer<()> {
        let workflow_id = target.workflow_id.clone();
        self.ask(&workflow_id, |reply| ShardMail::Delete(target, reply))
    }

    fn reset(&self, target: Target, message: ResetRun) -> Answer<RunId> {
        let workflow_id = target.workflow_id.clone();
        self.ask(&workflow_id, |reply| {
            ShardMail::Reset(target, Box::new(message), reply)
        })
    }

    fn retry_now(&self, target: Target, message: RetryNow) -> Answer<usize> {
        self.request(target, |reply| ExecutionRequest::RetryNow(message, reply))
    }

    fn steer(&self, target: Target, message: Steer) -> Answer<()> {
        let message = Box::new(message);
        self.request(target, |reply| ExecutionRequest::Steer(message, reply))
    }

    fn report_activity(
        &self,
        target: Target,
        message: ReportActivity,
    ) -> Answer<HeartbeatResponse> {
        let message = Box::new(message);
        self.request(target, |reply| {
            ExecutionRequest::ReportActivity(message, reply)
        })
    }

    fn query(&self, target: Target, name: QueryName, input: Payloads) -> Answer<Payload> {
        self.read(target, |reply| ExecutionRequest::Query(name, input, reply))
    }

    fn update(&self, target: Target, request: update::Request) -> Answer<UpdateAnswer> {
        self.request(target, |reply| ExecutionRequest::Update(request, reply))
    }

    fn await_update(&self, target: Target, update_id: UpdateId) -> Answer<UpdateAnswer> {
        self.wait(target, move |reply| {
            ExecutionRequest::AwaitUpdate(update_id.clone(), reply)
        })
    }

    fn await_close(&self, target: Target) -> Answer<EventAttributes> {
        self.wait(target, ExecutionRequest::AwaitClose)
    }

    fn describe(&self, target: Target) -> Answer<Box<crate::actor::Description>> {
        self.read(target, ExecutionRequest::Describe)
    }

    fn history(&self, target: Target) -> Answer<History> {
        self.read(target, ExecutionRequest::History)
    }
}

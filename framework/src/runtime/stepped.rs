//! An engine without threads: it goes on when it is told to, and no further than it can.
//!
//! It is made of the same shards, dispatcher, committer and routes as any engine, all on the thread
//! of whoever holds it. That one says when mail is dealt with, when a group is gathered, and when it
//! is written, so that the same calls lead to the same course every time, and whatever lies between
//! two of them can be played through.
//!
//! Absent on purpose: a watchdog. Code that does not return does not return here either.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
};

use actix::{Actor as _, Addr};
use derive_more::Debug;
use futures::{FutureExt as _, channel::oneshot};
use tokio::task::LocalSet;

use crate::{
    activity::AttemptRunner,
    actor::{
        FailureNote, RequestLoad, RunNumbers, Shard, ShardMail, ShardServices, ThreadWatch,
        WatchBell, committer::SteppedCommitter,
    },
    bulk::{Bulk, BulkJobHandle},
    client::{Coding, EngineClient, WorkflowService},
    clock::SharedClock,
    dispatch::{BlockingPool, InFlight, LaneSlots, TaskQueues},
    interceptor::Interceptors,
    model::{Identity, Namespaces},
    runtime::{
        EngineBuilder, StartEngineError,
        client_service::{attempt_runner, client_service},
        finding::Finding,
        in_force::Force,
        lane::{LaneAddress, LanePlan},
        missing_code::{Closeness, CodeCheck},
        payloads::PayloadKeeper,
        peers::Peers,
        recovery,
        retention::RetentionPlan,
        route::Routes,
        weak_route::WeakRoutes,
    },
    schedule::ScheduleHandle,
    storage::{Commit, Store},
    supervision::{Quarantine, QuarantinedRun, Troubles},
    workflow::WorkflowRegistry,
};

/// An engine without threads, which goes on when it is told to.
///
/// Made by [`EngineBuilder::start_stepped`]. Its answers are ready once the engine has gone far
/// enough; to drop it is to lose it, as in a crash.
///
/// # Examples
/// ```
/// use futures::FutureExt as _;
/// use sempre::{Engine, client::Target, storage::MemoryStore, testing::RunCounter};
/// use std::sync::Arc;
///
/// let store = Arc::new(MemoryStore::new());
/// let mut engine = Engine::on_store(store).threads(2).start_stepped(&RunCounter::default())?;
/// let nobody = Target::latest("nobody".into());
/// let mut answer = engine.service().describe(nobody);
/// assert!((&mut answer).now_or_never().is_none());
/// assert!(engine.go_on(100));
/// assert!(answer.now_or_never().is_some_and(|answer| answer.is_err()));
/// # Ok::<(), sempre::runtime::StartEngineError>(())
/// ```
#[derive(Debug)]
pub struct SteppedEngine {
    routes: Routes,
    clock: SharedClock,
    identity: Identity,
    coding: Coding,
    interceptors: Interceptors,
    finding: Finding,
    /// Who looks after large payloads.
    _payloads: PayloadKeeper,
    quarantine: Quarantine,
    failure: FailureNote,
    queues: Arc<TaskQueues>,
    blocking: BlockingPool,
    committer: SteppedCommitter,
    #[debug("{}", lanes.len())]
    lanes: Vec<SteppedLane>,
    /// Ends one by one as their executions leave memory.
    #[debug(skip)]
    stopping: Option<Vec<oneshot::Receiver<()>>>,
    woken: Arc<Woken>,
    tasks: LocalSet,
}

/// Counts the runs of stepped engines that come one after another. A cheap clone.
#[derive(Clone, Debug, Default)]
pub struct RunCounter(RunNumbers);

/// What would be a thread.
struct SteppedLane {
    watch: Arc<ThreadWatch>,
    shard: Addr<Shard>,
    /// Tells callers that the thread was given up when dropped.
    _retire: oneshot::Sender<()>,
}

/// The programs, with what their values go through and who is told of their calls.
fn programs(
    mut programs: WorkflowRegistry,
    coding: &Coding,
    interceptors: &Interceptors,
) -> Arc<WorkflowRegistry> {
    programs.encode_with(coding.codecs.clone());
    programs.intercept_with(interceptors);
    Arc::new(programs)
}

impl SteppedEngine {
    pub(super) fn start(
        builder: EngineBuilder,
        runs: &RunCounter,
    ) -> Result<Self, StartEngineError> {
        let (payloads, store, coding) = PayloadKeeper::open(&builder, false)?;
        let namespaces = builder.namespaces()?;
        let retention = RetentionPlan::start(&builder, &namespaces, &store, false)?;
        let (made_routes, routes) = WeakRoutes::to_come();
        let (runner, finding) = runner(&builder, &namespaces, routes.clone(), &coding, &store);
        let (queues, clock) = (builder.queues.build(&builder.clock), builder.clock.clone());
        let (force, _) = Force::of_store(&store, &coding.codecs, Arc::clone(&queues), clock)?;
        let committer = committer(&store, &builder.clock)?;
        let (interceptors, blocking) = (builder.interceptors, BlockingPool::stepped());
        let programs = programs(builder.workflows, &coding, &interceptors);
        let (quarantine, bell) = (Quarantine::default(), Arc::<WatchBell>::default());
        let code = CodeCheck::new(&programs, &queues, &namespaces, Closeness::Workflows);
        let open = recovery::open_runs(&*store, builder.threads, code)?.by_shard;
        let (tasks, mut stepped) = (LocalSet::new(), Vec::new());
        let entered = tasks.enter();
        actix::spawn(queues.tend(&builder.clock));
        for (index, recovered) in open.into_iter().enumerate() {
            let plan = LanePlan {
                index,
                services: ShardServices {
                    clock: builder.clock.clone(),
                    store: Arc::clone(&store),
                    committer: committer.handle(),
                    peers: Arc::new(Peers::from(routes.clone())),
                    programs: Arc::clone(&programs),
                    namespaces: namespaces.clone(),
                    identity: builder.identity.clone(),
                    build_id: builder.build_id.clone(),
                    troubles: Troubles::default(),
                    gates: Arc::clone(&force.gates),
                    options: builder.shard_options,
                    retention: retention.of_shard(index),
                    run_numbers: Some(runs.0.clone()),
                    watch: ThreadWatch::new(Arc::clone(&bell)),
                },
                queues: Arc::clone(&queues),
                blocking: blocking.clone(),
                attempts: InFlight::new(builder.clock.clone(), Arc::clone(&runner), None),
                restart_policy: builder.restart_policy,
                quarantine: quarantine.clone(),
                rest: None,
                recovered,
            };
            stepped.push(plan.step_by_hand());
        }
        drop(entered);
        let (lanes, addresses) = stepped.into_iter().unzip();
        let routes = Routes::new(
            addresses,
            RequestLoad::new(builder.request_limits, &namespaces),
        );
        // The client lives as long as the attempts, so that somebody looks for them.
        let _looked_for = made_routes.send(routes.downgrade());
        Ok(Self {
            routes,
            clock: builder.clock,
            identity: builder.identity,
            coding,
            interceptors,
            finding,
            _payloads: payloads,
            quarantine,
            failure: committer.failure(),
            queues,
            blocking,
            committer,
            lanes,
            stopping: None,
            woken: Arc::default(),
            tasks,
        })
    }

    /// The engine as its clients see it.
    pub fn service(&self) -> Arc<dyn WorkflowService> {
        client_service(self.routes.clone(), &self.coding, &self.interceptors)
    }

    /// A schedule of the engine, for whoever has this way to it.
    pub fn schedule(
        &self,
        schedule_id: impl Into<String>,
        service: Arc<dyn WorkflowService>,
    ) -> ScheduleHandle {
        let (identity, clock) = (self.identity.clone(), self.clock.clone());
        ScheduleHandle::new(service, identity, clock, schedule_id.into())
    }

    /// The runs of the engine that pass a filter, for whoever has this way to it.
    pub fn bulk(&self, filter: impl Into<String>, service: Arc<dyn WorkflowService>) -> Bulk {
        let client = EngineClient::new(service, self.identity.clone());
        Bulk::new(client.with_finder(self.finding.finder()), filter.into())
    }

    /// A bulk job of the engine, for whoever has this way to it.
    pub fn bulk_job(
        &self,
        job_id: impl Into<String>,
        service: Arc<dyn WorkflowService>,
    ) -> BulkJobHandle {
        BulkJobHandle::new(service, self.identity.clone(), job_id.into())
    }

    /// Deals with all mail and all that it causes, as far as nothing has to be written for it; says
    /// whether the engine has come to rest within so many turns.
    ///
    /// A turn is some dozens of tasks.
    pub fn go_on(&mut self, max_turns: usize) -> bool {
        let waker = Waker::from(Arc::clone(&self.woken));
        for _ in 0..max_turns {
            self.woken.0.store(false, Ordering::SeqCst);
            let _turn = Pin::new(&mut self.tasks).poll(&mut Context::from_waker(&waker));
            if !self.woken.0.load(Ordering::SeqCst) {
                return true;
            }
        }
        false
    }

    /// Adds what waits to be written to the next group, until that has so many commits; returns all
    /// of them.
    ///
    /// It is on its way to the store from now on, as far as the engine can know.
    pub fn gather(&mut self, max_commits: usize) -> &[Commit] {
        self.committer.gather(max_commits)
    }

    /// Writes what has been gathered, with one call of the store.
    ///
    /// What that releases happens when the engine [goes on](Self::go_on).
    pub fn write(&mut self) {
        self.committer.flush();
    }

    /// Runs the blocking activity that has waited longest for a thread; `false` if there is none.
    pub fn run_blocking(&mut self) -> bool {
        self.blocking.run_next()
    }

    /// Attempts that run or are about to.
    pub fn attempts(&self) -> usize {
        self.queues.attempts()
    }

    /// The executions that are left alone.
    pub fn quarantined(&self) -> Vec<QuarantinedRun> {
        self.quarantine.runs()
    }

    /// Why the engine can no longer work, if that is so.
    pub fn failure(&self) -> Option<&str> {
        self.failure.cause()
    }

    /// Why a shard of the engine can no longer be trusted, if one has panicked.
    pub fn broken(&self) -> Option<&str> {
        self.lanes.iter().find_map(|lane| lane.watch.broken())
    }

    /// Takes no more requests and starts no more attempts.
    pub fn close(&mut self) {
        self.routes.close();
        self.queues.drain();
    }

    /// Lets all executions leave memory, whatever attempts are left; [`has_stopped`](Self::has_stopped)
    /// says when they have.
    pub fn stop(&mut self) {
        self.close();
        let stopping = self.lanes.iter().map(|lane| {
            let (done, stopped) = oneshot::channel();
            // Bound: one mail a shard.
            lane.shard.do_send(ShardMail::Stop(done));
            stopped
        });
        self.stopping = Some(stopping.collect());
    }

    /// Whether all executions have left memory since the engine was told to [stop](Self::stop).
    pub fn has_stopped(&mut self) -> bool {
        let Some(stopping) = &mut self.stopping else {
            return false;
        };
        stopping.retain_mut(|stopped| stopped.now_or_never().is_none());
        stopping.is_empty()
    }
}

impl LanePlan {
    /// Starts the shard on this thread, which runs the tasks of a set.
    fn step_by_hand(self) -> (SteppedLane, LaneAddress) {
        let watch = Arc::clone(&self.services.watch);
        let (retire, retired) = oneshot::channel();
        let slots = Arc::<LaneSlots>::default();
        let shard = Shard::create(|ctx: &mut actix::Context<Shard>| self.shard(slots, ctx));
        let address = LaneAddress {
            shard: shard.clone(),
            watch: Arc::clone(&watch),
            retired: retired.shared(),
        };
        let lane = SteppedLane {
            watch,
            shard,
            _retire: retire,
        };
        (lane, address)
    }
}

/// Who writes to the store.
fn committer(
    store: &Arc<dyn Store>,
    clock: &SharedClock,
) -> Result<SteppedCommitter, StartEngineError> {
    let claim = store.write_right().claim()?;
    let store = Arc::clone(store);
    Ok(SteppedCommitter::new(store, claim, clock.clone()))
}

/// What the attempts of an engine share, and where they find runs.
fn runner(
    builder: &EngineBuilder,
    namespaces: &Namespaces,
    routes: WeakRoutes,
    coding: &Coding,
    store: &Arc<dyn Store>,
) -> (Arc<AttemptRunner>, Finding) {
    let finding = Finding::of_store(store, namespaces);
    let (interceptors, identity) = (&builder.interceptors, &builder.identity);
    let (_, runner) = attempt_runner(routes, coding, interceptors, identity, finding.finder());
    (runner, finding)
}

/// Whether the tasks have something to do.
#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

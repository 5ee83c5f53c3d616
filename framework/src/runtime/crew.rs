//! The threads of an engine, and what it takes to start another one in the place of one that is
//! lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use derive_more::Debug;
use futures::channel::oneshot;

use crate::{
    activity::AttemptRunner,
    actor::{
        FailureNote, OsThread, RecoveredRun, RequestLimits, RequestLoad, RunNumbers, ShardMail,
        ShardOptions, ShardServices, ThreadWatch, WatchBell, Watched, committer::Committer,
    },
    client::EngineClient,
    clock::SharedClock,
    dispatch::{AttemptThreads, BlockingPool, InFlight, TaskQueues},
    model::{BuildId, Identity, Namespaces},
    operator::Settings,
    runtime::{
        EngineBuilder, RestObserver, StartEngineError, ThreadTurn,
        backup::Backups,
        client_service::attempt_runner,
        finding::Finding,
        in_force::Force,
        known_runs::{KnownRuns, NotedStore},
        lane::{Lane, LaneAddress, LanePlan},
        missing_code::{Closeness, CodeCheck},
        payloads::PayloadKeeper,
        peers::Peers,
        reader::RunReader,
        recovery::{self, OpenRuns},
        rest::RestReport,
        retention::RetentionPlan,
        route::{Routes, RoutesWeak},
        weak_route::WeakRoutes,
    },
    storage::{StorageError, Store},
    supervision::{Quarantine, RestartPolicy, Troubles},
    workflow::WorkflowRegistry,
};

/// What all threads of an engine have in common.
#[derive(Debug)]
pub(super) struct Equipment {
    pub(super) clock: SharedClock,
    #[debug(skip)]
    pub(super) store: Arc<dyn Store>,
    /// Where lists and counts are read.
    pub(super) reader: Arc<RunReader>,
    _finding: Finding,
    /// Who takes backups.
    pub(super) backups: Arc<Backups>,
    pub(super) committer: Committer,
    /// What operators have set, and where it is in force.
    pub(super) settings: Settings,
    pub(super) force: Force,
    pub(super) bell: Arc<WatchBell>,
    pub(super) failure: FailureNote,
    pub(super) quarantine: Quarantine,
    pub(super) troubles: Troubles,
    /// What attempts know of the engine.
    pub(super) runner: Arc<AttemptRunner>,
    /// How those speak to the engine who do not hold it.
    pub(super) client: EngineClient,
    /// How runs speak to each other.
    peers: Peers,
    /// Where the client looks for the routes, until there are any.
    #[debug(skip)]
    made_routes: Option<oneshot::Sender<RoutesWeak>>,
    blocking: BlockingPool,
    /// The attempts of each shard, which outlive its threads.
    attempts: Vec<Arc<InFlight>>,
    pub(super) programs: Arc<WorkflowRegistry>,
    /// The search attributes that there are.
    pub(super) namespaces: Namespaces,
    identity: Identity,
    build_id: Option<BuildId>,
    /// Whether code for all open runs has to be there.
    requires_code: bool,
    options: ShardOptions,
    pub(super) retention: RetentionPlan,
    /// Who looks after large payloads.
    pub(super) payloads: PayloadKeeper,
    run_numbers: Option<RunNumbers>,
    restart_policy: RestartPolicy,
    #[debug(skip)]
    rest_observer: Option<Arc<dyn RestObserver>>,
    shards: usize,
    limits: RequestLimits,
}

/// Starts the thread that wakes the task queues which have a rate, if there are any and it does not run
/// yet. It ends when they drain.
pub(super) fn tend_alarms(queues: &TaskQueues, clock: &SharedClock) -> std::io::Result<()> {
    if !queues.want_tending() {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let tended = queues.tend(clock);
    std::thread::Builder::new()
        .name("sempre-rates".into())
        .spawn(move || runtime.block_on(tended))?;
    Ok(())
}

/// The threads of an engine.
#[derive(Debug)]
pub(super) struct Crew {
    pub(super) equipment: Equipment,
    pub(super) routes: Routes,
    lanes: Mutex<Vec<Option<Lane>>>,
}

/// Why a thread is given up.
#[derive(Debug)]
pub(super) enum Loss {
    /// This code does not return.
    Stuck(Box<Watched>),
    /// Its shard has panicked.
    Broken(String),
}

impl Loss {
    fn log(&self, thread: &OsThread) {
        match self {
            Self::Stuck(stuck) => tracing::error!(
                code = %stuck.code,
                workflow_id = %stuck.workflow_id,
                run_id = %stuck.run_id,
                workflow_type = %stuck.workflow_type,
                thread = %thread.name(),
                os_thread_id = %thread.id(),
                process_id = std::process::id(),
                "workflow code does not return; its thread is given up"
            ),
            Self::Broken(cause) => tracing::error!(
                cause,
                thread = %thread.name(),
                "a shard has panicked; another takes over on a thread of its own"
            ),
        }
    }
}

impl Equipment {
    /// Opens the store and starts the committer. Blocks.
    fn new(builder: EngineBuilder) -> Result<Self, StartEngineError> {
        let has_thread = builder.rest_observer.is_none();
        let (payloads, store, coding) = PayloadKeeper::open(&builder, has_thread)?;
        let known = Arc::<KnownRuns>::default();
        let store: Arc<dyn Store> = Arc::new(NotedStore::new(store, Arc::clone(&known)));
        let namespaces = builder.namespaces()?;
        let retention = RetentionPlan::start(&builder, &namespaces, &store, has_thread)?;
        let claim = store.write_right().claim()?;
        let (queues, clock) = (builder.queues.build(&builder.clock), builder.clock.clone());
        let (force, settings) = Force::of_store(&store, &coding.codecs, queues, clock)?;
        if builder.rest_observer.is_none() {
            tend_alarms(&force.queues, &builder.clock)?;
        }
        let committer = Committer::start(Arc::clone(&store), claim, builder.clock.clone())?;
        let (made_routes, routes) = WeakRoutes::to_come();
        let peers = Peers::from(routes.clone());
        let interceptors = builder.interceptors;
        let reader = Arc::new(RunReader::new(Arc::clone(&store), known));
        let finding = if builder.rest_observer.is_none() {
            Finding::of(Arc::<RunReader>::clone(&reader), &namespaces)
        } else {
            Finding::of_store(&store, &namespaces)
        };
        let (identity, finder) = (&builder.identity, finding.finder());
        let (client, runner) = attempt_runner(routes, &coding, &interceptors, identity, finder);
        let mut programs = builder.workflows;
        programs.encode_with(coding.codecs);
        programs.intercept_with(&interceptors);
        let bell = Arc::<WatchBell>::default();
        // Whoever drives the clock has to see everything that happens, so it all happens in one
        // place.
        let apart = builder.rest_observer.is_none();
        let attempts = (0..builder.threads).map(|shard| {
            let threads = || AttemptThreads::new(shard, builder.clock.clone(), Arc::clone(&bell));
            let (clock, runner) = (builder.clock.clone(), Arc::clone(&runner));
            InFlight::new(clock, runner, apart.then(threads))
        });
        let attempts = attempts.collect();
        Ok(Self {
            failure: committer.failure(),
            committer,
            settings,
            force,
            bell,
            quarantine: Quarantine::default(),
            troubles: Troubles::default(),
            blocking: BlockingPool::new(builder.max_blocking_threads)?,
            attempts,
            runner,
            client,
            peers,
            made_routes: Some(made_routes),
            clock: builder.clock,
            reader,
            _finding: finding,
            backups: Arc::new(Backups::new(Arc::clone(&store), payloads.keeping())),
            store,
            programs: Arc::new(programs),
            namespaces,
            identity: builder.identity,
            build_id: builder.build_id,
            requires_code: builder.requires_code,
            options: builder.shard_options,
            retention,
            payloads,
            run_numbers: builder.run_numbers,
            restart_policy: builder.restart_policy,
            rest_observer: builder.rest_observer,
            shards: builder.threads,
            limits: builder.request_limits,
        })
    }

    /// The open runs of the store, whose code there has to be if that is required.
    fn find_open_runs(&self) -> Result<OpenRuns, StartEngineError> {
        let closeness = if self.requires_code {
            Closeness::All
        } else {
            Closeness::Sample
        };
        let open = self.open_runs(closeness)?;
        if self.requires_code && !open.missing.is_empty() {
            let missing = open.missing;
            return Err(StartEngineError::MissingCode { missing });
        }
        open.tell();
        Ok(open)
    }

    /// Starts a thread for each shard; if one cannot be had, those before it end.
    fn start_lanes(
        &self,
        open: OpenRuns,
    ) -> Result<(Vec<Option<Lane>>, Vec<LaneAddress>), StartEngineError> {
        let (mut lanes, mut addresses) = (Vec::new(), Vec::new());
        for (index, recovered) in open.by_shard.into_iter().enumerate() {
            match self.start_lane(index, recovered) {
                Ok((lane, address)) => {
                    lanes.push(Some(lane));
                    addresses.push(address);
                }
                Err(error) => {
                    lanes.into_iter().flatten().for_each(Lane::join);
                    return Err(error.into());
                }
            }
        }
        Ok((lanes, addresses))
    }

    fn open_runs(&self, closeness: Closeness) -> Result<OpenRuns, StorageError> {
        let code = CodeCheck::new(
            &self.programs,
            &self.force.queues,
            &self.namespaces,
            closeness,
        );
        recovery::open_runs(&*self.store, self.shards, code)
    }

    fn attempts_of(&self, index: usize) -> Arc<InFlight> {
        let attempts = self.attempts.get(index).map(Arc::clone);
        // Invariant: there is one for each shard.
        attempts
            .unwrap_or_else(|| InFlight::new(self.clock.clone(), Arc::clone(&self.runner), None))
    }

    fn start_lane(
        &self,
        index: usize,
        recovered: Vec<RecoveredRun>,
    ) -> std::io::Result<(Lane, LaneAddress)> {
        let services = ShardServices {
            clock: self.clock.clone(),
            store: Arc::clone(&self.store),
            committer: self.committer.handle(),
            peers: Arc::new(self.peers.clone()),
            programs: Arc::clone(&self.programs),
            namespaces: self.namespaces.clone(),
            identity: self.identity.clone(),
            build_id: self.build_id.clone(),
            troubles: self.troubles.clone(),
            gates: Arc::clone(&self.force.gates),
            options: self.options,
            retention: self.retention.of_shard(index),
            run_numbers: self.run_numbers.clone(),
            watch: ThreadWatch::new(Arc::clone(&self.bell)),
        };
        let rest = self.rest_observer.as_ref().map(|observer| RestReport {
            observer: Arc::clone(observer),
            turn: ThreadTurn::default(),
            queues: Arc::clone(&self.force.queues),
            mark: Arc::clone(services.committer.mark()),
        });
        let plan = LanePlan {
            index,
            services,
            queues: Arc::clone(&self.force.queues),
            blocking: self.blocking.clone(),
            attempts: self.attempts_of(index),
            restart_policy: self.restart_policy,
            quarantine: self.quarantine.clone(),
            rest,
            recovered,
        };
        plan.start()
    }
}

impl Equipment {
    /// Ends the threads apart that attempts run on, and waits for none.
    pub(super) fn let_attempts_go(&self) {
        for attempts in &self.attempts {
            attempts.let_threads_go();
        }
    }

    /// Ends the threads that attempts run on, then the committer, and closes the store.
    pub(super) fn stop(self) {
        for attempts in &self.attempts {
            attempts.join_threads();
        }
        if let Some(reader) = self.reader.close()
            && reader.join().is_err()
        {
            tracing::error!("the thread that reads lists panicked");
        }
        if let Some(backup) = self.backups.close()
            && backup.join().is_err()
        {
            tracing::error!("the thread that takes backups panicked");
        }
        self.retention.close();
        self.committer.stop();
        self.payloads.stop();
        drop(self.store);
    }
}

impl Crew {
    /// Opens the store, finds its open executions, and starts the threads. Blocks.
    pub(super) fn start(builder: EngineBuilder) -> Result<Arc<Self>, StartEngineError> {
        let mut equipment = Equipment::new(builder)?;
        let started = equipment
            .find_open_runs()
            .and_then(|open| equipment.start_lanes(open));
        let (lanes, addresses) = match started {
            Ok(started) => started,
            Err(error) => {
                // Whoever is told of the error can open the store again.
                equipment.stop();
                return Err(error);
            }
        };
        let load = RequestLoad::new(equipment.limits, &equipment.namespaces);
        let routes = Routes::new(addresses, load);
        if let Some(made) = equipment.made_routes.take() {
            // The client lives as long as the equipment, so that somebody looks for them.
            let _looked_for = made.send(routes.downgrade());
        }
        equipment.payloads.sweep();
        Ok(Arc::new(Self {
            equipment,
            routes,
            lanes: Mutex::new(lanes),
        }))
    }

    /// What each thread is doing, by the shard it is.
    pub(super) fn watches(&self) -> Vec<(usize, Arc<ThreadWatch>)> {
        let lanes = self.lock();
        let watches = lanes
            .iter()
            .enumerate()
            .filter_map(|(index, lane)| lane.as_ref().map(|lane| (index, Arc::clone(&lane.watch))));
        watches.collect()
    }

    /// What the threads apart are doing that attempts run on.
    pub(super) fn attempt_watches(&self) -> Vec<Arc<ThreadWatch>> {
        let attempts = self.equipment.attempts.iter();
        attempts.flat_map(|attempts| attempts.watches()).collect()
    }

    /// Gives a thread up, and starts another in its place.
    ///
    /// Every execution of the thread resumes on the new one, from its records. One whose code did
    /// not return has its workflow task failed, and is set aside.
    pub(super) fn replace(&self, index: usize, loss: &Loss) {
        let Some(lane) = self.lock().get_mut(index).and_then(Option::take) else {
            return;
        };
        let thread = lane.watch.thread();
        loss.log(&thread);
        // Held until the replacement is in place, so that whoever asks again finds it.
        let given_up = lane.retire();
        match self.start_replacement(index) {
            Ok((lane, address)) => {
                if let Loss::Stuck(stuck) = loss {
                    let cause = format!(
                        "[TMPRL1101] potential deadlock: {} held its thread past its budget \
                         without awaiting workflow_type={} {thread}",
                        stuck.code, stuck.workflow_type
                    );
                    let stuck = stuck.clone();
                    // Bound: one mail per thread that is given up.
                    address.shard.do_send(ShardMail::CodeLost { stuck, cause });
                }
                self.routes.replace(index, address);
                if let Some(place) = self.lock().get_mut(index) {
                    *place = Some(lane);
                }
            }
            Err(error) => {
                tracing::error!(%error, "no thread in its place; its executions stand still");
                let cause = format!("a thread was lost, and none can take its place: {error}");
                self.equipment.failure.tell(&cause);
            }
        }
        drop(given_up);
    }

    fn start_replacement(&self, index: usize) -> Result<(Lane, LaneAddress), StartEngineError> {
        let mut open = self.equipment.open_runs(Closeness::Workflows)?;
        let recovered = open
            .by_shard
            .get_mut(index)
            .map(std::mem::take)
            .unwrap_or_default();
        Ok(self.equipment.start_lane(index, recovered)?)
    }

    /// Ends all threads that take mail, and waits until they have ended.
    pub(super) fn join_lanes(&self) {
        let lanes: Vec<Lane> = self.lock().iter_mut().filter_map(Option::take).collect();
        lanes.into_iter().for_each(Lane::join);
    }

    /// Tells all threads to end, and waits for none.
    pub(super) fn let_lanes_go(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Lane>>> {
        // Invariant: lanes are only taken and put back, so it is valid after a panic elsewhere.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The world: engines, one after the other, on one disk, with clients, activities and clocks.
//!
//! Everything is on one thread, and nothing happens but what the plan says and what follows from it.

use std::{collections::BTreeMap, mem, sync::Arc, time::Duration};

use derive_more::Debug;
use sempre::{
    Engine,
    runtime::{NamespaceOptions, RateLimit, TaskQueueOptions},
    storage::Commit,
    testing::{RunCounter, SteppedEngine},
};

use crate::simulation::{
    activity::{self, Attempt, Left, NARROW, dig, toil},
    client::{self, Answer, Clients},
    disk::Disk,
    facts::{Facts, RETENTION},
    invariant::{self, Breach, Invariant, Moment, Rest},
    mutant::{EngineClock, EngineService, Mutant},
    plan::{Ask, Event, Plan, Then, Turn, What, WriteFate},
    schedule::{self, schedule_of},
    script::{self, NOTED, Script, span},
    story::Story,
    time,
};

/// Bound: turns of an engine that has something to do; past it the engine does not come to rest.
const MAX_TURNS: usize = 500;
/// Bound: groups written until nothing is left to do.
const MAX_GROUPS: usize = 1_000;

/// How long a process is given to stop.
const STOP_GRACE: Duration = Duration::from_secs(30);

/// The requests of the world itself, behind those of any plan.
pub(crate) const OWN: u32 = 1_000_000;
/// Those of whoever was left something, behind these.
const REPORTS: u32 = 2 * OWN;

pub(crate) type Verdict = Result<(), Breach>;

/// A world that goes through a plan.
#[derive(Debug)]
pub(crate) struct World<'p> {
    plan: &'p Plan,
    mutant: Option<Mutant>,
    disk: Disk,
    runs: RunCounter,
    engine: SteppedEngine,
    lives: usize,
    generation: u32,
    /// When this life began.
    began: time::Moment,
    /// Whether something has gone wrong in this life that the engine is slow to get over.
    is_troubled: bool,
    pub(crate) attempts: Vec<Attempt>,
    /// What was left to somebody who does not die with a process, and how often they have spoken.
    pub(crate) left: Vec<Left>,
    reports: u32,
    /// How many reports of progress attempts have made; each says its number.
    said: u32,
    pub(crate) clients: Clients,
    /// What the world itself was told.
    pub(crate) told: BTreeMap<u32, Answer>,
    pub(crate) facts: Facts,
    #[debug(skip)]
    invariants: Vec<Box<dyn Invariant>>,
    pub(crate) story: Story,
}

impl<'p> World<'p> {
    /// A world whose first engine has started.
    pub(crate) fn begin(
        plan: &'p Plan,
        mutant: Option<Mutant>,
        story: Story,
    ) -> Result<Self, Breach> {
        drop(Attempt::take_begun());
        script::deploy(0);
        activity::run_twice(mutant == Some(Mutant::RunTwice));
        let codecs = plan.settings.coding.codecs(false);
        let (disk, facts) = (Disk::new(mutant), Facts::new(codecs));
        let runs = RunCounter::default();
        let engine = start(plan, mutant, 0, &disk, &facts, &runs)?;
        let began = facts.time.now();
        Ok(Self {
            plan,
            mutant,
            disk,
            runs,
            engine,
            lives: 1,
            generation: 0,
            began,
            is_troubled: false,
            attempts: Vec::new(),
            left: Vec::new(),
            reports: 0,
            said: 0,
            clients: Clients::default(),
            told: BTreeMap::new(),
            facts,
            invariants: invariant::all(&plan.settings),
            story,
        })
    }

    /// Lets everything happen that the plan says.
    pub(crate) fn follow_plan(&mut self) -> Verdict {
        let plan = self.plan;
        for turn in &plan.turns {
            self.take(turn)?;
        }
        Ok(())
    }

    fn take(&mut self, turn: &Turn) -> Verdict {
        let at = self.facts.time.now().truth;
        self.story
            .happens(format_args!("{at:>8.1?} {:?}, {:?}", turn.event, turn.then));
        self.happen(&turn.event)?;
        match turn.then {
            Then::Nothing => Ok(()),
            Then::GoesOn => self.go_on(),
            Then::Settles => self.settle(),
        }
    }

    fn happen(&mut self, event: &Event) -> Verdict {
        let time = &mut self.facts.time;
        match event {
            Event::Ask(ask) => self.ask(ask),
            Event::Repeat(id) => {
                if let Some(ask) = self.clients.asked.get(id).map(|asked| asked.ask.clone()) {
                    self.ask(&ask);
                }
            }
            Event::End(index) => self.end_attempt(*index),
            Event::Beat(index) => self.beat(*index),
            Event::Say(index) => return self.say(*index),
            Event::Report { index, is_end } => self.report(*index, *is_end),
            Event::RunBlocking => {
                self.engine.run_blocking();
            }
            Event::Gather { max, readable } => {
                let commits = self.engine.gather(*max);
                self.disk.let_read(commits, *readable);
            }
            Event::Write { max, fate } => return self.write(*max, *fate),
            Event::FailReads(reads) => {
                self.is_troubled = true;
                self.disk.fail_reads(*reads);
            }
            Event::Pass(millis) => time.pass(span(*millis)),
            Event::Skip => {
                time.skip();
            }
            Event::Suspend(millis) => time.suspend(span(*millis)),
            Event::PutForward(millis) => time.put_forward(span(*millis)),
            Event::PutBack(millis) => time.put_back(span(*millis)),
            Event::Crash { kept, deploys } => return self.crash(*kept, *deploys),
            Event::Restart { deploys } => return self.restart(*deploys),
        }
        Ok(())
    }

    pub(crate) fn ask(&mut self, ask: &Ask) {
        let mut service = EngineService {
            service: self.engine.service(),
            mutant: self.mutant,
            under: None,
        };
        let What::Schedule(what) = &ask.what else {
            return self.clients.ask(ask, |asked| client::send(asked, &service));
        };
        let Some(schedule_id) = schedule_of(&ask.workflow_id) else {
            return;
        };
        let now = self.facts.time.clock.now();
        let engine = &self.engine;
        let misses_time = self.mutant == Some(Mutant::MissTime);
        self.clients.ask(ask, |asked| {
            service.under = Some(asked.request_id());
            let handle = engine.schedule(schedule_id, Arc::new(service));
            schedule::ask(what, handle, now, misses_time)
        });
    }

    /// The attempt with this number among those that run, if there are any.
    fn running(&mut self, index: u32) -> Option<&mut Attempt> {
        let running = self.attempts.iter().filter(|it| it.is_running()).count();
        let index = usize::try_from(index).ok()?.checked_rem(running)?;
        let mut attempts = self.attempts.iter_mut().filter(|it| it.is_running());
        attempts.nth(index)
    }

    fn end_attempt(&mut self, index: u32) {
        if let Some(attempt) = self.running(index) {
            let info = attempt.ctx.info();
            let (activity, number) = (info.activity_id.clone(), info.attempt);
            let fate = attempt.fate();
            let left = attempt.end();
            self.left.extend(left);
            self.story.follows(format_args!(
                "attempt {number} of activity {activity}: {fate:?}"
            ));
        }
    }

    fn beat(&mut self, index: u32) {
        if let Some(attempt) = self.running(index) {
            // Invariant: a number is always a payload.
            let _recorded = attempt.ctx.heartbeat(&index);
        }
    }

    fn say(&mut self, index: u32) -> Verdict {
        self.said += 1;
        let number = self.said;
        let is_lost = self.mutant == Some(Mutant::LoseReport);
        let Some(attempt) = self.running(index) else {
            return Ok(());
        };
        if !is_lost {
            // Invariant: a number is always a payload.
            let _recorded = attempt.ctx.report_progress(&number);
        }
        match attempt.key() {
            Some(key) => self.check(&Moment::Said(key, number)),
            None => Ok(()),
        }
    }

    /// Somebody speaks of an activity that was left to them, as often as they like.
    fn report(&mut self, index: u32, is_end: bool) {
        let index = usize::try_from(index).ok();
        let index = index.and_then(|index| index.checked_rem(self.left.len()));
        if let Some(left) = index.and_then(|index| self.left.get(index)).cloned() {
            self.speak_of(left, is_end);
        }
    }

    fn speak_of(&mut self, left: Left, is_end: bool) {
        self.reports += 1;
        self.ask(&Ask {
            id: REPORTS + self.reports,
            workflow_id: left.token.execution().workflow_id.clone(),
            what: What::Report {
                left: Box::new(left),
                is_end,
            },
        });
    }

    /// Says how everything ends that was left; says whether there was anything.
    pub(crate) fn report_all(&mut self) -> bool {
        let left = mem::take(&mut self.left);
        let has_any = !left.is_empty();
        for left in left {
            self.speak_of(left, true);
        }
        has_any
    }

    /// Lets all blocking code run that waits for a thread; says whether there was any.
    pub(crate) fn run_blocking(&mut self) -> bool {
        let mut has_run = false;
        while self.engine.run_blocking() {
            has_run = true;
        }
        has_run
    }

    /// Ends all attempts that do not hang; says whether there were any.
    pub(crate) fn end_attempts(&mut self) -> bool {
        let mut has_ended = false;
        for attempt in &mut self.attempts {
            let was_running = attempt.is_running();
            let left = attempt.end();
            self.left.extend(left);
            has_ended |= was_running && !attempt.is_running();
        }
        has_ended
    }

    fn write(&mut self, max: usize, fate: WriteFate) -> Verdict {
        if self.engine.gather(max).is_empty() {
            return Ok(());
        }
        self.disk.set_fate(fate);
        self.engine.write();
        self.see_synced()
    }

    /// Lets the engine deal with its mail, and looks what has come of it.
    fn go_on(&mut self) -> Verdict {
        if !self.engine.go_on(MAX_TURNS) {
            return Err(breach("an engine comes to rest", "it goes on and on"));
        }
        if let Some(cause) = self.engine.broken() {
            return Err(breach("no shard panics", cause));
        }
        self.observe()
    }

    /// Lets the engine go on and writes, until nothing is left to do.
    pub(crate) fn settle(&mut self) -> Verdict {
        for _ in 0..MAX_GROUPS {
            self.go_on()?;
            if self.engine.gather(usize::MAX).is_empty() {
                return self.rest();
            }
            self.engine.write();
            self.see_synced()?;
        }
        Err(breach("an engine comes to rest", "it writes and writes"))
    }

    fn rest(&mut self) -> Verdict {
        if self.engine.failure().is_some() {
            return Ok(());
        }
        let is_troubled = self.is_troubled || !self.engine.quarantined().is_empty();
        let since = self.began;
        self.check(&Moment::Rested(&Rest { is_troubled, since }))
    }

    /// Looks at everything that can be seen from outside.
    fn observe(&mut self) -> Verdict {
        self.see_synced()?;
        for attempt in Attempt::take_begun() {
            let info = attempt.ctx.info();
            self.story.follows(format_args!(
                "attempt {} of activity {} begins in {}",
                info.attempt, info.activity_id, info.execution.workflow_id
            ));
            check(&mut self.invariants, &self.facts, &Moment::Began(&attempt))?;
            self.attempts.push(attempt);
        }
        for attempt in &mut self.attempts {
            if attempt.is_running() && attempt.learns_to_stop() {
                let moment = Moment::ToldToStop(attempt);
                check(&mut self.invariants, &self.facts, &moment)?;
            }
        }
        let twice = self.mutant == Some(Mutant::HearTwice);
        for attempt in &mut self.attempts {
            if attempt.is_running() && attempt.hear(twice) {
                let moment = Moment::Heard(attempt);
                check(&mut self.invariants, &self.facts, &moment)?;
            }
        }
        self.attempts.retain(Attempt::is_running);
        for (asked, answer) in self.clients.take_answers() {
            let id = asked.ask.id;
            self.story
                .follows(format_args!("#{id} is answered: {answer}"));
            let moment = Moment::Answered(&asked, &answer);
            check(&mut self.invariants, &self.facts, &moment)?;
            if (OWN..REPORTS).contains(&id) {
                self.told.insert(id, answer);
            }
        }
        Ok(())
    }

    fn see_synced(&mut self) -> Verdict {
        for commit in self.disk.synced_since(self.facts.commits) {
            tell(&mut self.story, &commit);
            let added = self.facts.add(&commit);
            let facts = added.map_err(|what| breach("what is synced is a history", &what))?;
            for fact in facts {
                let events = fact.transition.events();
                let events: Vec<_> = events.map(|event| event.event_type().to_string()).collect();
                self.story.follows(format_args!(
                    "synced, of run {}: {}",
                    number_of(&fact.run_id),
                    events.join(" ")
                ));
                check(&mut self.invariants, &self.facts, &Moment::Synced(&fact))?;
            }
        }
        Ok(())
    }

    pub(crate) fn check(&mut self, moment: &Moment<'_>) -> Verdict {
        check(&mut self.invariants, &self.facts, moment)
    }

    /// The process dies, and another one starts.
    pub(crate) fn crash(&mut self, kept: usize, deploys: bool) -> Verdict {
        // The committer may have begun to write all that it was given.
        let commits = self.engine.gather(usize::MAX).to_vec();
        self.disk.crash(&commits, kept);
        self.begin_life(deploys)
    }

    /// The process stops, and another one starts.
    fn restart(&mut self, deploys: bool) -> Verdict {
        self.engine.close();
        self.settle()?;
        self.engine.stop();
        let began = self.facts.time.now().truth;
        loop {
            self.settle()?;
            // What does not stop is left behind, and a failed store keeps nothing.
            let waits = self.facts.time.now().truth < began + STOP_GRACE;
            let is_over = self.engine.has_stopped() || self.engine.failure().is_some();
            if is_over || !waits || !self.facts.time.skip() {
                return self.crash(0, deploys);
            }
        }
    }

    fn begin_life(&mut self, deploys: bool) -> Verdict {
        self.clients.die();
        self.attempts.clear();
        self.generation += u32::from(deploys);
        let generation = self.generation;
        self.see_synced()?;
        let synced = self.disk.synced();
        self.check(&Moment::Gone(&synced))?;
        script::deploy(generation);
        let life = self.lives;
        let next = start(
            self.plan,
            self.mutant,
            life,
            &self.disk,
            &self.facts,
            &self.runs,
        )?;
        // The one before is dropped with all that it has not written.
        drop(mem::replace(&mut self.engine, next));
        drop(Attempt::take_begun());
        self.lives += 1;
        self.began = self.facts.time.now();
        self.is_troubled = false;
        self.story.follows(format_args!(
            "engine {} starts, generation {generation}",
            life + 1
        ));
        Ok(())
    }

    /// What has happened.
    pub(crate) fn into_story(self) -> Story {
        self.story
    }

    /// Mends all that can be mended, and deploys code without faults.
    pub(crate) fn mend(&mut self) -> Verdict {
        self.generation = script::WHOLE;
        self.crash(0, false)
    }
}

fn check(invariants: &mut [Box<dyn Invariant>], facts: &Facts, moment: &Moment<'_>) -> Verdict {
    for invariant in invariants {
        if let Err(what) = invariant.check(moment, facts) {
            return Err(breach(invariant.name(), &what));
        }
    }
    Ok(())
}

pub(crate) fn breach(invariant: &'static str, what: &str) -> Breach {
    Breach {
        invariant,
        what: what.to_owned(),
    }
}

/// The records of a commit have to be the same every time, too.
fn tell(story: &mut Story, commit: &Commit) {
    for part in commit.parts() {
        story.weigh(&part.record);
    }
}

/// A run's place among all, which is the end of its id.
fn number_of(run_id: &sempre::model::RunId) -> u64 {
    let [.., a, b] = *run_id.as_bytes();
    u64::from(u16::from_be_bytes([a, b]))
}

fn start(
    plan: &Plan,
    mutant: Option<Mutant>,
    life: usize,
    disk: &Disk,
    facts: &Facts,
    runs: &RunCounter,
) -> Result<SteppedEngine, Breach> {
    let settings = &plan.settings;
    let threads = settings.threads.get(life % settings.threads.len().max(1));
    let clock = EngineClock {
        clock: facts.time.clock.clone(),
        mutant,
    };
    let rate = RateLimit {
        per_second: settings.rate,
        burst: settings.rate,
    };
    let narrow = TaskQueueOptions::default().max_concurrent_attempts(1);
    let wide = TaskQueueOptions::default().max_concurrent_attempts(settings.max_attempts);
    let mut engine = Engine::on_store(Arc::new(disk.open()));
    if settings.forgets {
        engine = engine.retention(RETENTION);
    }
    let is_torn = mutant == Some(Mutant::TearVeil);
    let engine = settings.coding.apply(engine, is_torn);
    let engine = engine
        .namespace(client::ELSEWHERE, NamespaceOptions::default())
        .clock(clock)
        .identity("engine")
        .threads(threads.copied().unwrap_or(1))
        .max_resident_executions(settings.max_resident_executions)
        .replay_every_task(settings.replays_every_task)
        .workflow::<Script>()
        .search_attribute(NOTED)
        .activities(toil)
        .activities(dig)
        .activities_on(NARROW, toil)
        .activities_on(NARROW, dig)
        .task_queue("default", wide)
        .task_queue(NARROW, narrow.rate_limit(rate))
        .shutdown_grace(Duration::ZERO)
        .start_stepped(runs);
    engine.map_err(|error| breach("an engine starts", &error.to_string()))
}

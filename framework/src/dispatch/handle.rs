//! The dispatcher as the executions of its shard see it.

use std::{rc::Rc, sync::Arc};

use actix::{Actor as _, Addr};
use derive_more::Debug;

use crate::{
    actor::{
        AttemptReport, LocalAttempt, LocalStart, OsThread, Shard, ShardMail, SlotOffer,
        WatchedAttempt,
        port::{
            ActivityPort, AttemptKey, Candidate, Permit, Place, Reservation, StartedAttempt,
            WaitingKey,
        },
    },
    dispatch::{
        InFlight, LaneSlots, ShardThread,
        dispatcher::ActivityDispatcher,
        line::{Full, Waiting},
        queue::{RegisteredActivity, TaskQueues},
        shard_route::{Front, ShardRoute},
        slot::{Owner, Slots},
        waiting::WaitingActivities,
    },
    machine::execution::{
        ActivityTask,
        decide::{AttemptOutcome, LastWords},
    },
    model::{ActivityType, EventId, Failure, Payloads, RunId, TaskQueue},
};

/// A shard's dispatcher, for whoever is on its thread.
#[derive(Debug)]
pub(crate) struct DispatcherHandle {
    queues: Arc<TaskQueues>,
    thread: ShardThread,
    lane: Arc<LaneSlots>,
    attempts: Arc<InFlight>,
    waiting: WaitingActivities,
}

impl DispatcherHandle {
    /// Starts a dispatcher on this thread for the shard with this address, which these attempts
    /// belong to.
    pub(crate) fn start(
        attempts: Arc<InFlight>,
        queues: Arc<TaskQueues>,
        thread: ShardThread,
        lane: Arc<LaneSlots>,
        shard: Addr<Shard>,
    ) -> Rc<Self> {
        let dispatcher = ActivityDispatcher {
            clock: attempts.clock.clone(),
        };
        attempts.move_to(Front {
            shard,
            dispatcher: dispatcher.start(),
            slots: Arc::clone(&lane),
        });
        Rc::new(Self {
            queues,
            thread,
            lane,
            attempts,
            waiting: WaitingActivities::default(),
        })
    }

    fn find(&self, task: &ActivityTask) -> Option<&RegisteredActivity> {
        self.queues
            .find(&task.task_queue)?
            .find(&task.activity_type)
    }

    /// Gets in line for a slot.
    fn wait(&self, candidate: &Candidate, slots: &Arc<Slots>) {
        let Candidate {
            key,
            task_queue,
            activity_type,
            priority,
        } = candidate;
        let owner = self.waiting.owner(task_queue, slots, || {
            Arc::new(LaneInLine {
                task_queue: task_queue.clone(),
                lane: Arc::clone(&self.lane),
                route: Arc::clone(&self.attempts.route),
            })
        });
        let waiting = Waiting {
            key: *key,
            activity_type: activity_type.clone(),
            since: self.attempts.clock.now(),
            priority: priority.clone(),
            owner,
        };
        match slots.wait(waiting) {
            Ok(place) => self.waiting.joined(*key, slots, place),
            Err(Full) => self.waiting.turned_away(key.run_id, task_queue),
        }
    }

    fn report_unregistered(&self, task: &ActivityTask) {
        let failure = Failure::server(format!(
            "activity type is not registered activity_type={} task_queue={}",
            task.activity_type, task.task_queue
        ));
        self.attempts.route.report(AttemptReport {
            key: AttemptKey::of(task),
            outcome: AttemptOutcome::Failed(Box::new(failure)),
            last_words: LastWords::default(),
            freed: None,
        });
    }
}

impl ActivityPort for DispatcherHandle {
    fn is_registered(&self, task_queue: &TaskQueue, activity_type: &ActivityType) -> bool {
        self.queues.has(task_queue, activity_type)
    }

    fn reserve(&self, candidate: Candidate) -> Reservation {
        let queue = self.queues.find(&candidate.task_queue);
        let Some(queue) = queue.filter(|queue| queue.find(&candidate.activity_type).is_some())
        else {
            return Reservation::Unregistered;
        };
        // While the engine drains, the slot is for the next process to give.
        if self.queues.is_draining() || self.waiting.contains(candidate.key) {
            return Reservation::Waiting;
        }
        let Candidate {
            activity_type,
            priority,
            ..
        } = &candidate;
        if let Some(permit) = queue.slots.try_take(activity_type, priority.as_deref()) {
            // A thread that is lost starts nothing.
            let held = self.lane.hold(permit);
            return held.map_or(Reservation::Waiting, Reservation::Granted);
        }
        self.wait(&candidate, &queue.slots);
        Reservation::Waiting
    }

    fn pass_on(&self, mut freed: Permit, candidate: &Candidate) -> Option<Permit> {
        let may_start = self.is_registered(&candidate.task_queue, &candidate.activity_type)
            && !self.queues.is_draining();
        if !may_start || !freed.renew() {
            return None;
        }
        // A run that was brought into memory again may have it in line still.
        self.waiting.withdraw(candidate.key);
        Some(freed)
    }

    fn next_in_line(&self, freed: &mut Permit, run_id: RunId) -> Option<EventId> {
        if self.queues.is_draining() {
            return None;
        }
        let scheduled_event_id = freed.next_in_line(run_id)?;
        self.waiting.forget(WaitingKey {
            run_id,
            scheduled_event_id,
        });
        Some(scheduled_event_id)
    }

    fn accept_offer(&self, key: WaitingKey, place: Place) -> bool {
        self.waiting.offered(key, place) && !self.queues.is_draining()
    }

    fn withdraw(&self, key: WaitingKey) {
        self.waiting.withdraw(key);
    }

    fn withdraw_run(&self, run_id: RunId) {
        self.waiting.withdraw_run(run_id);
    }

    fn take_turned_away(&self, task_queue: &TaskQueue) -> Vec<RunId> {
        self.waiting.take_turned_away(task_queue)
    }

    fn is_draining(&self) -> bool {
        self.queues.is_draining()
    }

    fn run(&self, attempt: StartedAttempt) {
        match self.find(&attempt.task) {
            Some(activity) => self.attempts.run(attempt, activity, &self.thread),
            // A slot was reserved, so the type was registered then; registries never shrink.
            None => self.report_unregistered(&attempt.task),
        }
    }

    fn run_local(&self, attempt: LocalAttempt) -> LocalStart {
        let info = &attempt.info;
        let activity = self
            .queues
            .find_local(&info.task_queue, &info.activity_type);
        let Some(activity) = activity else {
            return LocalStart::Unregistered;
        };
        let count = self.queues.begin_local();
        self.attempts
            .run_local(attempt, activity, count, &self.thread)
    }

    fn cancel(&self, key: AttemptKey) {
        self.attempts.cancel(key);
    }

    fn pause(&self, key: AttemptKey) {
        self.attempts.pause(key);
    }

    fn control(&self, key: AttemptKey, position: usize, messages: &[Payloads]) {
        self.attempts.control(key, position, messages);
    }

    fn settle_progress(&self, key: AttemptKey, number: u32) {
        self.attempts.settle_progress(key, number);
    }

    fn repeat_progress(&self, key: AttemptKey) {
        self.attempts.repeat_progress(key);
    }

    fn abandon(&self, key: AttemptKey) {
        self.attempts.abandon(key);
    }

    fn blocking_attempts(&self, run_id: RunId) -> Vec<(Arc<WatchedAttempt>, OsThread)> {
        self.attempts.blocking(run_id)
    }

    fn is_in_flight(&self, key: AttemptKey) -> bool {
        self.attempts.contains(key)
    }

    fn keeps(&self, key: AttemptKey) -> bool {
        self.attempts.keeps(key)
    }

    fn forget(&self, key: AttemptKey) {
        self.attempts.forget(key);
    }
}

/// A shard's thread, as the queue sees it in whose line its activities wait.
struct LaneInLine {
    task_queue: TaskQueue,
    lane: Arc<LaneSlots>,
    route: Arc<ShardRoute>,
}

impl Owner for LaneInLine {
    fn offer(&self, key: WaitingKey, place: Place, permit: Permit) {
        if let Some(permit) = self.lane.hold(permit) {
            // Bound: one offer per slot.
            let offer = SlotOffer { key, place, permit };
            self.route.send(ShardMail::Offer(offer));
        }
    }

    fn make_room(&self) {
        // Bound: one for each time that the thread has asked to be told.
        let mail = ShardMail::LineHasRoom(self.task_queue.clone());
        self.route.send(mail);
    }

    fn is_lost(&self) -> bool {
        self.lane.is_retired()
    }
}

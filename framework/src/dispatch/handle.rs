//! The dispatcher as the executions of its shard see it.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc};

use actix::{Actor as _, Addr};
use derive_more::Debug;

use crate::{
    activity::ActivityCode,
    actor::{
        AttemptOutcome, AttemptReport, Shard, ShardMail, SlotOffer,
        port::{
            ActivityPort, AttemptKey, Candidate, Permit, Reservation, StartedAttempt, WaitingKey,
        },
    },
    clock::SharedClock,
    dispatch::{
        BlockingPool, LaneSlots,
        dispatcher::{ActivityDispatcher, DispatchMail},
        in_flight::{Desk, InFlight},
        queue::TaskQueues,
        slot::Waiter,
    },
    engine::execution::ActivityTask,
    model::{ActivityType, EventId, Failure, RunId, TaskQueue, Timestamp},
};

/// A shard's dispatcher, for whoever is on its thread.
#[derive(Debug)]
pub(crate) struct DispatcherHandle {
    queues: Arc<TaskQueues>,
    blocking: BlockingPool,
    lane: Arc<LaneSlots>,
    attempts: Rc<InFlight>,
    /// The activities that wait in some queue's line.
    waiting: RefCell<BTreeSet<WaitingKey>>,
    desk: Arc<Desk>,
}

impl DispatcherHandle {
    /// Starts a dispatcher on this thread for the shard with this address.
    pub(crate) fn start(
        clock: SharedClock,
        queues: Arc<TaskQueues>,
        blocking: BlockingPool,
        lane: Arc<LaneSlots>,
        shard: Addr<Shard>,
    ) -> Rc<Self> {
        let attempts = Rc::<InFlight>::default();
        let dispatcher = ActivityDispatcher {
            clock: clock.clone(),
            queues: Arc::clone(&queues),
            attempts: Rc::clone(&attempts),
        };
        let desk = Desk {
            clock,
            shard,
            dispatcher: dispatcher.start(),
        };
        Rc::new(Self {
            queues,
            blocking,
            lane,
            attempts,
            waiting: RefCell::default(),
            desk: Arc::new(desk),
        })
    }

    fn code(&self, task: &ActivityTask) -> Option<ActivityCode> {
        let queue = self.queues.find(&task.task_queue)?;
        queue.find(&task.activity_type).cloned()
    }

    fn report_unregistered(&self, task: &ActivityTask) {
        let failure = Failure::server(format!(
            "activity type is not registered activity_type={} task_queue={}",
            task.activity_type, task.task_queue
        ));
        self.desk.report(AttemptReport {
            key: AttemptKey::of(task),
            outcome: AttemptOutcome::Failed(Box::new(failure)),
            last_heartbeat: None,
            freed: None,
        });
    }
}

impl ActivityPort for DispatcherHandle {
    fn is_registered(&self, task_queue: &TaskQueue, activity_type: &ActivityType) -> bool {
        self.queues
            .find(task_queue)
            .is_some_and(|queue| queue.find(activity_type).is_some())
    }

    fn reserve(&self, candidate: Candidate) -> Reservation {
        let queue = self.queues.find(&candidate.task_queue);
        let Some(queue) = queue.filter(|queue| queue.find(&candidate.activity_type).is_some())
        else {
            return Reservation::Unregistered;
        };
        // While the engine drains, the slot is for the next process to give.
        if self.queues.is_draining() || self.waiting.borrow().contains(&candidate.key) {
            return Reservation::Waiting;
        }
        if let Some(permit) = queue.slots.try_take() {
            return Reservation::Granted(self.lane.hold(permit));
        }
        self.waiting.borrow_mut().insert(candidate.key);
        queue.slots.wait(Box::new(WaitingActivity {
            key: candidate.key,
            task_queue: candidate.task_queue,
            lane: Arc::clone(&self.lane),
            desk: Arc::clone(&self.desk),
        }));
        Reservation::Waiting
    }

    fn pass_on(&self, mut freed: Permit, candidate: &Candidate) -> Option<Permit> {
        let may_start = self.is_registered(&candidate.task_queue, &candidate.activity_type)
            && !self.queues.is_draining();
        (may_start && freed.renew()).then_some(freed)
    }

    fn next_in_line(&self, freed: &mut Permit, run_id: RunId) -> Option<EventId> {
        if self.queues.is_draining() {
            return None;
        }
        let scheduled_event_id = freed.next_in_line(run_id)?;
        self.accept_offer(WaitingKey {
            run_id,
            scheduled_event_id,
        });
        Some(scheduled_event_id)
    }

    fn accept_offer(&self, key: WaitingKey) {
        self.waiting.borrow_mut().remove(&key);
    }

    fn run(&self, attempt: StartedAttempt) {
        match self.code(&attempt.task) {
            Some(code) => {
                let blocking = self.blocking.clone();
                self.attempts.run(attempt, code, blocking, &self.desk);
            }
            // A slot was reserved, so the type was registered then; registries never shrink.
            None => self.report_unregistered(&attempt.task),
        }
    }

    fn cancel(&self, key: AttemptKey) {
        self.attempts.cancel(key);
    }

    fn abandon(&self, key: AttemptKey) {
        self.attempts.abandon(key);
    }

    fn is_in_flight(&self, key: AttemptKey) -> bool {
        self.attempts.contains(key)
    }

    fn settle(&self, key: AttemptKey) {
        self.attempts.settle(key);
    }
}

/// An activity in the line of a task queue.
struct WaitingActivity {
    key: WaitingKey,
    task_queue: TaskQueue,
    lane: Arc<LaneSlots>,
    desk: Arc<Desk>,
}

impl Waiter for WaitingActivity {
    fn key(&self) -> WaitingKey {
        self.key
    }

    fn grant(self: Box<Self>, permit: Permit) {
        if self.lane.is_retired() {
            return drop(permit);
        }
        // Bound: one offer per slot.
        self.desk.shard.do_send(ShardMail::Offer(SlotOffer {
            key: self.key,
            permit: self.lane.hold(permit),
        }));
    }

    fn resume_at(&self, at: Timestamp) {
        // Bound: one for each pause of a queue.
        let resume = DispatchMail::ResumeQueue(self.task_queue.clone(), at);
        self.desk.dispatcher.do_send(resume);
    }
}

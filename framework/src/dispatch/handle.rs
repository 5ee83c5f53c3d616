//! The dispatcher as the executions of its shard see it.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc};

use actix::{Actor as _, Addr};
use derive_more::Debug;

use crate::{
    actor::{
        Shard, ShardMail, SlotOffer,
        port::{
            ActivityPort, AttemptKey, Candidate, Permit, Reservation, StartedAttempt, WaitingKey,
        },
    },
    clock::SharedClock,
    dispatch::{
        BlockingPool, LaneSlots,
        dispatcher::{ActivityDispatcher, DispatchMail},
        queue::TaskQueues,
        slot::Waiter,
    },
    model::{ActivityType, TaskQueue, Timestamp},
};

/// The way to a shard's dispatcher.
#[derive(Debug)]
pub(crate) struct DispatcherHandle {
    queues: Arc<TaskQueues>,
    desk: Arc<Desk>,
    /// The attempts that were handed to the dispatcher and have not been settled.
    in_flight: RefCell<BTreeSet<AttemptKey>>,
    /// The activities that wait in some queue's line.
    waiting: RefCell<BTreeSet<WaitingKey>>,
}

/// Where the slots of one thread go: shared by all that wait in line, who are many.
#[derive(Debug)]
struct Desk {
    lane: Arc<LaneSlots>,
    #[debug(skip)]
    shard: Addr<Shard>,
    #[debug(skip)]
    dispatcher: Addr<ActivityDispatcher>,
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
        let dispatcher =
            ActivityDispatcher::new(clock, Arc::clone(&queues), blocking, shard.clone()).start();
        let desk = Arc::new(Desk {
            lane,
            shard,
            dispatcher,
        });
        Rc::new(Self {
            queues,
            desk,
            in_flight: RefCell::default(),
            waiting: RefCell::default(),
        })
    }

    fn send(&self, mail: DispatchMail) {
        // Bound: slots bound the attempts, and there are few mails per attempt.
        self.desk.dispatcher.do_send(mail);
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
            return Reservation::Granted(self.desk.lane.hold(permit));
        }
        self.waiting.borrow_mut().insert(candidate.key);
        queue.slots.wait(Box::new(WaitingActivity {
            key: candidate.key,
            task_queue: candidate.task_queue,
            desk: Arc::clone(&self.desk),
        }));
        Reservation::Waiting
    }

    fn pass_on(&self, mut freed: Permit, candidate: &Candidate) -> Option<Permit> {
        let may_start = self.is_registered(&candidate.task_queue, &candidate.activity_type)
            && !self.queues.is_draining();
        (may_start && freed.renew()).then_some(freed)
    }

    fn accept_offer(&self, key: WaitingKey) {
        self.waiting.borrow_mut().remove(&key);
    }

    fn run(&self, attempt: StartedAttempt) {
        self.in_flight
            .borrow_mut()
            .insert(AttemptKey::of(&attempt.task));
        self.send(DispatchMail::Run(attempt));
    }

    fn cancel(&self, key: AttemptKey) {
        self.send(DispatchMail::Cancel(key));
    }

    fn abandon(&self, key: AttemptKey) {
        self.in_flight.borrow_mut().remove(&key);
        self.send(DispatchMail::Abandon(key));
    }

    fn is_in_flight(&self, key: AttemptKey) -> bool {
        self.in_flight.borrow().contains(&key)
    }

    fn settle(&self, key: AttemptKey) {
        self.in_flight.borrow_mut().remove(&key);
        self.send(DispatchMail::Settle(key));
    }
}

/// An activity in the line of a task queue.
struct WaitingActivity {
    key: WaitingKey,
    task_queue: TaskQueue,
    desk: Arc<Desk>,
}

impl Waiter for WaitingActivity {
    fn grant(self: Box<Self>, permit: Permit) {
        let Desk { lane, shard, .. } = &*self.desk;
        if lane.is_retired() {
            return drop(permit);
        }
        // Bound: one offer per slot.
        shard.do_send(ShardMail::Offer(SlotOffer {
            key: self.key,
            permit: lane.hold(permit),
        }));
    }

    fn resume_at(&self, at: Timestamp) {
        self.desk
            .dispatcher
            .do_send(DispatchMail::ResumeQueue(self.task_queue.clone(), at));
    }
}

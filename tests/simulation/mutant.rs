//! Mutants: faults that a world has to notice, put in where an engine meets the world.
//!
//! They stand for faults of the engine itself as well: a store that acknowledges what it has not
//! synced looks like an engine that does not wait for it. None of them needs a change of the engine.

use std::{sync::Arc, time::Duration};

use derive_more::{Debug, Display};
use futures::{FutureExt as _, future::BoxFuture};
use sempre::{
    client::{
        Answer, Description, Refusal, StartRequest, Started, Target, UpdateAnswer, WorkflowService,
    },
    clock::{Clock, Reading},
    machine::execution::decide::{
        HeartbeatResponse, ReportActivity, RequestCancel, ResetRun, RetryNow, SignalMessage, Steer,
        Terminate,
    },
    model::{
        EventAttributes, History, Payload, Payloads, QueryName, RequestId, RunId, UpdateId,
        event::update,
    },
    testing::ManualClock,
};

/// A deliberate fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub enum Mutant {
    /// The disk says of every third write that it is synced, and syncs it with the next one.
    #[display("acknowledge-unsynced")]
    AcknowledgeUnsynced,
    /// The disk loses at a crash what was synced last.
    #[display("lose-last-sync")]
    LoseLastSync,
    /// The disk writes what was on its way from its end at a crash.
    #[display("reorder-at-crash")]
    ReorderAtCrash,
    /// The index is not told that a run has closed.
    #[display("drop-index-change")]
    DropIndexChange,
    /// Of a commit that changes several runs, one is written.
    #[display("tear-commit")]
    TearCommit,
    /// A commit is written twice.
    #[display("write-twice")]
    WriteTwice,
    /// A commit is not written at all.
    #[display("drop-commit")]
    DropCommit,
    /// A start of the engine does not find one of the open runs.
    #[display("forget-open-run")]
    ForgetOpenRun,
    /// Sleeps end before their time, by a clock that runs ahead.
    #[display("fast-clock")]
    FastClock,
    /// Sleeps end after their time.
    #[display("late-clock")]
    LateClock,
    /// A signal is acknowledged at once.
    #[display("answer-early")]
    AnswerEarly,
    /// A request whose outcome is not known is said not to be done.
    #[display("deny-done")]
    DenyDone,
    /// A signal is delivered twice.
    #[display("deliver-twice")]
    DeliverTwice,
    /// A request is not answered.
    #[display("drop-answer")]
    DropAnswer,
    /// An attempt runs twice.
    #[display("run-twice")]
    RunTwice,
    /// A report of progress gets nowhere.
    #[display("lose-report")]
    LoseReport,
    /// An attempt is told twice what its workflow says once.
    #[display("hear-twice")]
    HearTwice,
    /// A codec that is to hide values lets some through.
    #[display("tear-veil")]
    TearVeil,
    /// A schedule passes over the first of its times.
    #[display("miss-time")]
    MissTime,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::AcknowledgeUnsynced,
        Self::LoseLastSync,
        Self::ReorderAtCrash,
        Self::DropIndexChange,
        Self::TearCommit,
        Self::WriteTwice,
        Self::DropCommit,
        Self::ForgetOpenRun,
        Self::FastClock,
        Self::LateClock,
        Self::AnswerEarly,
        Self::DenyDone,
        Self::DeliverTwice,
        Self::DropAnswer,
        Self::RunTwice,
        Self::LoseReport,
        Self::HearTwice,
        Self::TearVeil,
        Self::MissTime,
    ];
}

/// The clock of an engine, which a mutant may have got at.
#[derive(Clone, Debug)]
pub(crate) struct EngineClock {
    pub(crate) clock: ManualClock,
    pub(crate) mutant: Option<Mutant>,
}

impl Clock for EngineClock {
    fn read(&self) -> Reading {
        let now = self.clock.read();
        if self.mutant == Some(Mutant::FastClock) {
            // A tenth of the time that has passed is made up.
            let passed = now.monotonic.since(Reading::default().monotonic);
            return now.after(passed / 10);
        }
        now
    }

    fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()> {
        match self.mutant {
            Some(Mutant::LateClock) => self
                .clock
                .sleep_until(deadline.after(Duration::from_secs(5))),
            _ => self.clock.sleep_until(deadline),
        }
    }
}

/// An engine as its clients see it, which a mutant may have got at.
pub(crate) struct EngineService {
    pub(crate) service: Arc<dyn WorkflowService>,
    pub(crate) mutant: Option<Mutant>,
    /// What starts and updates are asked under, for those who draw ids themselves.
    pub(crate) under: Option<RequestId>,
}

impl EngineService {
    fn mutate<T: Send + 'static>(&self, answer: Answer<T>) -> Answer<T> {
        match self.mutant {
            Some(Mutant::DenyDone) => answer
                .map(|answer| answer.map_err(Refusal::of_read))
                .boxed(),
            Some(Mutant::DropAnswer) => futures::future::pending().boxed(),
            _ => answer,
        }
    }
}

impl WorkflowService for EngineService {
    fn start(&self, mut request: StartRequest) -> Answer<Started> {
        if let Some(id) = &self.under {
            request.request_id.clone_from(id);
        }
        self.mutate(self.service.start(request))
    }

    fn signal(&self, target: Target, message: SignalMessage) -> Answer<()> {
        if self.mutant == Some(Mutant::DeliverTwice) {
            let again = SignalMessage {
                request_id: RequestId::new(format!("{}-again", message.request_id)),
                ..message.clone()
            };
            drop(self.service.signal(target.clone(), again));
        }
        let answer = self.service.signal(target, message);
        if self.mutant == Some(Mutant::AnswerEarly) {
            return futures::future::ready(Ok(())).boxed();
        }
        self.mutate(answer)
    }

    fn request_cancel(&self, target: Target, message: RequestCancel) -> Answer<()> {
        self.mutate(self.service.request_cancel(target, message))
    }

    fn terminate(&self, target: Target, message: Terminate) -> Answer<()> {
        self.mutate(self.service.terminate(target, message))
    }

    fn delete(&self, target: Target) -> Answer<()> {
        self.service.delete(target)
    }

    fn reset(&self, target: Target, message: ResetRun) -> Answer<RunId> {
        self.mutate(self.service.reset(target, message))
    }

    fn retry_now(&self, target: Target, message: RetryNow) -> Answer<usize> {
        self.service.retry_now(target, message)
    }

    fn steer(&self, target: Target, message: Steer) -> Answer<()> {
        self.mutate(self.service.steer(target, message))
    }

    fn report_activity(
        &self,
        target: Target,
        message: ReportActivity,
    ) -> Answer<HeartbeatResponse> {
        self.mutate(self.service.report_activity(target, message))
    }

    fn update(&self, target: Target, mut request: update::Request) -> Answer<UpdateAnswer> {
        if let Some(id) = &self.under {
            request.update_id = UpdateId::new(id.as_str());
        }
        self.mutate(self.service.update(target, request))
    }

    fn await_update(&self, target: Target, update_id: UpdateId) -> Answer<UpdateAnswer> {
        let under = self.under.as_ref().map(|id| UpdateId::new(id.as_str()));
        let update_id = under.unwrap_or(update_id);
        self.service.await_update(target, update_id)
    }

    fn query(&self, target: Target, name: QueryName, input: Payloads) -> Answer<Payload> {
        self.service.query(target, name, input)
    }

    fn await_close(&self, target: Target) -> Answer<EventAttributes> {
        self.service.await_close(target)
    }

    fn describe(&self, target: Target) -> Answer<Box<Description>> {
        self.service.describe(target)
    }

    fn history(&self, target: Target) -> Answer<History> {
        self.service.history(target)
    }
}

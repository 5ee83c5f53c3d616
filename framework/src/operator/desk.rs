//! Where operators' wishes arrive: one after the other, written down, and then put into force.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use derive_more::Debug;

use crate::{
    client::{RequestOutcome, WorkflowHandle, WorkflowService},
    clock::SharedClock,
    model::{Identity, limits, system::OPERATOR_ID},
    operator::{
        AuditEntry, OperatorError, QueueView, Setting, Settings,
        keeper::{Book, Keeper, KeeperHandle as _, queue},
    },
};

/// Bound: bytes of a reason, or of another text that says what was done.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// Puts what is set into force, and says how that stands.
pub(crate) trait SettingsPort: Send + Sync {
    /// Puts a change into force.
    fn put(&self, change: &Setting);

    /// How the task queues stand.
    fn queues(&self) -> Vec<QueueView>;
}

/// Where operators' wishes arrive.
#[derive(Debug)]
pub(crate) struct OperatorDesk {
    keeper: WorkflowHandle<Keeper>,
    clock: SharedClock,
    identity: Identity,
    in_force: Mutex<InForce>,
    /// Whose turn it is: what is written down first is put into force first.
    turn: futures::lock::Mutex<()>,
    #[debug(skip)]
    port: Arc<dyn SettingsPort>,
}

/// What is in force in this process.
#[derive(Clone, Debug)]
struct InForce {
    settings: Settings,
    /// Whether the book may say something else, because it is not known what became of some wish: then all
    /// that follow are written down, even if they seem to change nothing.
    is_doubtful: bool,
}

/// A wish that is being written down. Whoever has it may give up waiting, and the book has it all the
/// same: so unless it is known that nothing was written, it is put into force.
struct UnderWay<'d> {
    desk: &'d OperatorDesk,
    settings: Settings,
    change: Option<Setting>,
    end: RequestOutcome,
}

impl UnderWay<'_> {
    /// It is written down.
    fn settle(mut self) {
        self.put(false);
        self.change = None;
    }

    fn put(&self, is_doubtful: bool) {
        let Some(change) = &self.change else {
            return;
        };
        let mut in_force = self.desk.lock();
        in_force.settings = self.settings.clone();
        in_force.is_doubtful |= is_doubtful;
        drop(in_force);
        self.desk.port.put(change);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.end == RequestOutcome::Unknown {
            self.put(true);
        }
    }
}

impl OperatorDesk {
    /// A desk where this is in force.
    pub(crate) fn new(
        service: Arc<dyn WorkflowService>,
        identity: Identity,
        clock: SharedClock,
        settings: Settings,
        port: Arc<dyn SettingsPort>,
    ) -> Self {
        Self {
            keeper: WorkflowHandle::new(service, identity.clone(), OPERATOR_ID.into()),
            clock,
            identity,
            in_force: Mutex::new(InForce {
                settings,
                is_doubtful: false,
            }),
            turn: futures::lock::Mutex::new(()),
            port,
        }
    }

    /// The workflow that keeps the book.
    pub(super) fn keeper(&self) -> &WorkflowHandle<Keeper> {
        &self.keeper
    }

    /// Who does something here, if nothing else is said.
    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What is in force.
    pub(super) fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }

    /// How the task queues stand.
    pub(super) fn queues(&self) -> Vec<QueueView> {
        self.port.queues()
    }

    /// Writes down what somebody has done, and puts into force what that sets, if it changes anything.
    pub(super) async fn take(&self, entry: AuditEntry) -> Result<(), OperatorError> {
        let entry = self.checked(entry)?;
        let _turn = self.turn.lock().await;
        let before = self.in_force();
        let mut settings = before.settings.clone();
        settings.apply(&entry);
        let changes_nothing = settings == before.settings && !before.is_doubtful;
        if entry.setting.is_some() && changes_nothing {
            return Ok(());
        }
        let book = Book {
            settings: before.settings,
            ..Book::default()
        };
        let keeper = self.keeper.clone().in_the_name_of(entry.who.clone());
        let mut change = UnderWay {
            desk: self,
            settings,
            change: entry.setting.clone(),
            end: RequestOutcome::Unknown,
        };
        let written = keeper.start(book).signal(keeper.done(vec![entry]));
        match written.task_queue(queue()).await {
            Ok(_) => {
                change.settle();
                Ok(())
            }
            Err(error) => {
                change.end = error.outcome();
                Err(error.into())
            }
        }
    }

    /// The entry as it is written down.
    fn checked(&self, entry: AuditEntry) -> Result<AuditEntry, OperatorError> {
        // What is set is set of something.
        let least_subject = usize::from(entry.setting.is_some());
        let texts = [
            ("reason", entry.reason.len(), 0, TEXT_BYTES_MAX),
            ("refusal", entry.refusal.len(), 0, TEXT_BYTES_MAX),
            (
                "subject",
                entry.subject.len(),
                least_subject,
                limits::ID_BYTES_MAX,
            ),
            ("operation", entry.operation.len(), 1, limits::ID_BYTES_MAX),
            (
                "identity",
                entry.who.as_str().len(),
                0,
                limits::ID_BYTES_MAX,
            ),
        ];
        for (what, actual, least, limit) in texts {
            if actual < least || actual > limit {
                return Err(OperatorError::Text {
                    what,
                    actual,
                    limit,
                });
            }
        }
        let who = match entry.who.as_str() {
            "" => self.identity.clone(),
            _ => entry.who,
        };
        Ok(AuditEntry {
            at: self.clock.read().wall,
            who,
            ..entry
        })
    }

    fn in_force(&self) -> InForce {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, InForce> {
        // Invariant: any of it is valid with any other, so it is after a panic elsewhere.
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

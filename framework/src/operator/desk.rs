//! Where operators' wishes arrive: one after the other, written down, and then put into force.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use derive_more::Debug;

use crate::{
    client::{WorkflowHandle, WorkflowService},
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
    /// What is in force.
    settings: Mutex<Settings>,
    /// Whose turn it is: what is written down first is put into force first.
    turn: futures::lock::Mutex<()>,
    #[debug(skip)]
    port: Arc<dyn SettingsPort>,
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
            settings: Mutex::new(settings),
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
        self.lock().clone()
    }

    /// How the task queues stand.
    pub(super) fn queues(&self) -> Vec<QueueView> {
        self.port.queues()
    }

    /// Writes down what somebody has done, and puts into force what that sets, if it changes anything.
    pub(super) async fn take(&self, entry: AuditEntry) -> Result<(), OperatorError> {
        let entry = self.checked(entry)?;
        let _turn = self.turn.lock().await;
        let mut settings = self.settings();
        settings.apply(&entry);
        if entry.setting.is_some() && settings == *self.lock() {
            return Ok(());
        }
        let book = Book {
            settings: self.settings(),
            ..Book::default()
        };
        let change = entry.setting.clone();
        let keeper = self.keeper.clone().in_the_name_of(entry.who.clone());
        // Durability: nothing is in force that the next process would not know of.
        let written = keeper.start(book).signal(keeper.done(vec![entry]));
        written.task_queue(queue()).await?;
        *self.lock() = settings;
        if let Some(change) = change {
            self.port.put(&change);
        }
        Ok(())
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

    fn lock(&self) -> MutexGuard<'_, Settings> {
        // Invariant: settings are replaced whole, so they are valid after a panic elsewhere.
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

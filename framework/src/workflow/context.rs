//! The context: everything that workflow code can ask for.

use std::{
    cell::{Ref, RefCell},
    rc::Rc,
    time::Duration,
};

use derive_more::Debug;
use uuid::Uuid;

use crate::{
    definition::Activity,
    model::{Timestamp, WorkflowInfo},
    workflow::{
        ActivityCall, CancelRequested, Sleep, WaitUntil, WorkflowRandom, host::Host,
        operation::ScopeId,
    },
};

/// A workflow's view of its run: its state, and everything that it can ask for.
///
/// A cheap clone. It belongs to the thread of its run, and means nothing outside its workflow.
///
/// # Determinism
/// What it returns is recorded or follows from the history, so a replay gets the same. What is not
/// asked for through it, such as the time of the machine, has no place in a workflow.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sempre::{WaitError, WorkflowContext};
///
/// #[derive(Default)]
/// struct Order { approved: bool, reminders: u32 }
///
/// /// Reminds every day until somebody approves, three times at most.
/// async fn approval(ctx: WorkflowContext<Order>) -> Result<bool, WaitError> {
///     while ctx.state(|order| order.reminders < 3) {
///         let approved = ctx.wait_until(|order| order.approved);
///         match approved.timeout(Duration::from_secs(86_400)).await {
///             Ok(()) => return Ok(true),
///             Err(WaitError::TimedOut) => ctx.update(|order| order.reminders += 1),
///             Err(canceled) => return Err(canceled),
///         }
///     }
///     Ok(false)
/// }
/// ```
#[derive(Debug)]
#[debug("WorkflowContext {{ scope: {scope:?} }}")]
pub struct WorkflowContext<W> {
    shared: Rc<Shared<W>>,
    scope: ScopeId,
}

#[derive(Debug)]
struct Shared<W> {
    host: Rc<Host>,
    /// `None` before the run begins and after its program was dropped.
    #[debug(skip)]
    state: RefCell<Option<W>>,
}

impl<W> Clone for WorkflowContext<W> {
    fn clone(&self) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
            scope: self.scope,
        }
    }
}

impl<W> WorkflowContext<W> {
    pub(super) fn new() -> Self {
        Self {
            shared: Rc::new(Shared {
                host: Rc::new(Host::new()),
                state: RefCell::new(None),
            }),
            scope: ScopeId::ROOT,
        }
    }

    /// Calls an activity: `ctx.activity(greet, name).await`.
    ///
    /// Options that differ from those of its definition come between; see [`ActivityCall`].
    #[expect(
        unused_variables,
        clippy::needless_pass_by_value,
        reason = "the value stands for its type"
    )]
    pub fn activity<A: Activity>(&self, definition: A, input: A::Input) -> ActivityCall<A> {
        ActivityCall::new(Rc::clone(self.host()), self.scope, input)
    }

    /// Pauses for a time that outlives the process.
    ///
    /// The pause begins with this call. One of no length resolves at once and starts no timer.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(Rc::clone(self.host()), self.scope, duration)
    }

    /// Waits until a condition on the workflow's state holds.
    pub fn wait_until<F: Fn(&W) -> bool>(&self, condition: F) -> WaitUntil<W, F> {
        WaitUntil::new(self.clone(), condition)
    }

    /// Looks at the workflow's state.
    ///
    /// # Panics
    /// Inside [`update`](Self::update), which fails the workflow task.
    pub fn state<R>(&self, look: impl FnOnce(&W) -> R) -> R {
        look(&self.borrow_state())
    }

    /// Changes the workflow's state.
    ///
    /// # Panics
    /// Inside [`state`](Self::state), a condition, or another `update`, which fails the workflow
    /// task.
    pub fn update<R>(&self, change: impl FnOnce(&mut W) -> R) -> R {
        let Ok(mut state) = self.shared.state.try_borrow_mut() else {
            in_use("update");
        };
        let Some(state) = state.as_mut() else {
            no_state();
        };
        let result = change(state);
        self.host().handle_state_changed();
        result
    }

    /// The workflow's time: when the current workflow task started.
    ///
    /// It does not move while the workflow runs.
    pub fn now(&self) -> Timestamp {
        self.host().facts.get().now
    }

    /// The run's random numbers.
    pub fn random(&self) -> WorkflowRandom {
        self.host().random.clone()
    }

    /// A random UUID, drawn from the run's random numbers.
    pub fn uuid(&self) -> Uuid {
        self.random().uuid()
    }

    /// What a workflow may know about its own run.
    pub fn info(&self) -> WorkflowInfo {
        self.host().info.borrow().clone()
    }

    /// The number of events up to the current workflow task.
    pub fn history_length(&self) -> u64 {
        self.host().facts.get().history_length
    }

    /// Bytes of the history up to the current workflow task.
    pub fn history_size_bytes(&self) -> u64 {
        self.host().facts.get().history_size_bytes
    }

    /// Whether the history has grown so long that continuing as new is advised.
    pub fn suggest_continue_as_new(&self) -> bool {
        self.host().facts.get().suggest_continue_as_new
    }

    /// Whether the current step was taken before, in this process or another.
    ///
    /// For logs only: code that acts on it is not deterministic.
    pub fn is_replaying(&self) -> bool {
        self.host().facts.get().replaying
    }

    /// Resolves when somebody asks the run to stop.
    pub fn cancelled(&self) -> CancelRequested {
        CancelRequested::new(Rc::clone(self.host()), self.scope)
    }

    /// Whether somebody has asked the run to stop; never in a [`detached`](Self::detached) scope.
    pub fn is_cancel_requested(&self) -> bool {
        self.host().is_canceled(self.scope)
    }

    /// The same context in a scope that is not canceled with the run: for cleaning up.
    pub fn detached(&self) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
            scope: ScopeId::DETACHED,
        }
    }

    pub(super) fn host(&self) -> &Rc<Host> {
        &self.shared.host
    }

    pub(super) fn scope(&self) -> ScopeId {
        self.scope
    }

    pub(super) fn set_state(&self, state: W) {
        *self.shared.state.borrow_mut() = Some(state);
    }

    /// Takes the state out of a program that is over; it may hold contexts of its own.
    pub(super) fn take_state(&self) -> Option<W> {
        self.shared.state.try_borrow_mut().ok()?.take()
    }

    pub(super) fn has_state(&self) -> bool {
        self.shared
            .state
            .try_borrow()
            .is_ok_and(|state| state.is_some())
    }

    fn borrow_state(&self) -> Ref<'_, W> {
        let Ok(state) = self.shared.state.try_borrow() else {
            in_use("state");
        };
        let Ok(state) = Ref::filter_map(state, Option::as_ref) else {
            no_state();
        };
        state
    }
}

#[expect(
    clippy::panic,
    reason = "the driver turns it into a failed workflow task"
)]
fn in_use(call: &str) -> ! {
    panic!(
        "ctx.{call} was called while the workflow's state is in use; call it outside of ctx.update and ctx.state"
    )
}

#[expect(
    clippy::panic,
    reason = "the driver turns it into a failed workflow task"
)]
fn no_state() -> ! {
    panic!("the workflow's context was used outside of its run")
}

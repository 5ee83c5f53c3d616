//! Activity code as the dispatcher calls it: one function per type, found by name.

use std::{collections::BTreeMap, sync::Arc};

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    activity::ActivityContext,
    definition::{ByFunction, ByValue, FailureTypes},
    model::{ActivityType, Failure, Payloads},
};

/// Code that runs an attempt on a thread it shares with others, and yields while it waits.
pub type AsyncActivity = Arc<
    dyn Fn(ActivityContext, Payloads) -> BoxFuture<'static, Result<Payloads, Failure>>
        + Send
        + Sync,
>;

/// Code that runs an attempt on a thread of its own, because it blocks.
pub type BlockingActivity =
    Arc<dyn Fn(ActivityContext, Payloads) -> Result<Payloads, Failure> + Send + Sync>;

/// The code behind one activity type.
#[derive(Clone, Debug)]
pub enum ActivityCode {
    /// An `async fn`.
    #[debug("Async")]
    Async(AsyncActivity),
    /// A `fn`.
    #[debug("Blocking")]
    Blocking(BlockingActivity),
}

/// One activity type and the code behind it.
#[derive(Clone, Debug)]
pub struct ActivityImplementation {
    /// The type it answers to.
    pub activity_type: ActivityType,
    /// What an attempt runs.
    pub code: ActivityCode,
}

/// Something that implements activities: a value whose methods they are, or a function.
///
/// Written by `#[activities]` and `#[activity]`.
pub trait ActivitySet: Send + Sync + 'static {
    /// The activities it implements.
    fn implementations(self: Arc<Self>) -> Vec<ActivityImplementation>;

    /// Says which types the failures of its activities have; nothing unless it is written.
    fn declare_failure_types(types: &mut FailureTypes)
    where
        Self: Sized,
    {
        let _ = types;
    }
}

/// What becomes a set of activities: a set, or the function that `#[activity]` leaves in the place
/// of its own.
///
/// `Form` tells the two apart; it is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no activities to register",
    label = "not a set of activities",
    note = "register a function that is marked with `#[activity]`, or a value whose impl block is \
            marked with `#[activities]`"
)]
pub trait IntoActivitySet<Form> {
    /// The set.
    type Set: ActivitySet;

    /// The set.
    fn into_activity_set(self) -> Self::Set;
}

impl<S: ActivitySet> IntoActivitySet<ByValue> for S {
    type Set = S;

    fn into_activity_set(self) -> S {
        self
    }
}

impl<F: FnOnce() -> S, S: ActivitySet> IntoActivitySet<ByFunction> for F {
    type Set = S;

    fn into_activity_set(self) -> S {
        self()
    }
}

/// The activity types that a task queue can run.
#[derive(Clone, Debug, Default)]
pub struct ActivityRegistry {
    implementations: BTreeMap<ActivityType, ActivityCode>,
}

impl ActivityRegistry {
    /// Adds the activities of a set; returns the types that were registered already.
    pub fn register<S: IntoActivitySet<Form>, Form>(&mut self, set: S) -> Vec<ActivityType> {
        let mut repeated = Vec::new();
        let implementations = Arc::new(set.into_activity_set()).implementations();
        for ActivityImplementation {
            activity_type,
            code,
        } in implementations
        {
            if self
                .implementations
                .insert(activity_type.clone(), code)
                .is_some()
            {
                repeated.push(activity_type);
            }
        }
        repeated
    }

    /// The code behind an activity type.
    pub fn find(&self, activity_type: &ActivityType) -> Option<&ActivityCode> {
        self.implementations.get(activity_type)
    }

    /// The registered types.
    pub fn types(&self) -> impl Iterator<Item = &ActivityType> {
        self.implementations.keys()
    }
}

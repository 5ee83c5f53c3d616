//! Activity code as the dispatcher calls it: one function per type, found by name.

use std::{collections::BTreeMap, sync::Arc};

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    activity::ActivityContext,
    model::{ActivityType, Failure, Payloads},
};

/// Code that runs an attempt on the thread of its execution and yields while it waits.
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
}

/// The activity types that a task queue can run.
#[derive(Clone, Debug, Default)]
pub struct ActivityRegistry {
    implementations: BTreeMap<ActivityType, ActivityCode>,
}

impl ActivityRegistry {
    /// Adds the activities of a set; returns the types that were registered already.
    pub fn register(&mut self, set: impl ActivitySet) -> Vec<ActivityType> {
        let mut repeated = Vec::new();
        for ActivityImplementation {
            activity_type,
            code,
        } in Arc::new(set).implementations()
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

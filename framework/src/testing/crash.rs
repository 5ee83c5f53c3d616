//! Lets an engine crash at every commit, and looks whether anybody notices.

use std::{
    fmt::{Debug, Display},
    num::NonZeroU64,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use crate::{
    storage::{Commit, MemoryStore, StorageError, StorageErrorKind, WriteStore as _},
    testing::{InterceptedStore, TestEnvironment, TestEnvironmentBuilder},
};

/// Tells a story again and again, and lets the engine crash at another moment each time.
///
/// The story is told once in peace, which says how many commits it has. Then it is told twice for
/// each of them: once the engine crashes before the commit is written, and once after it, before
/// anybody has been told. Another engine goes on with what the first one has left, and the
/// story has to come to the same end. Requests of the story that were under way are repeated under
/// their request ids, as a careful client would.
///
/// A story whose end is decided by how often an activity is tried ends in another way after a
/// crash, and rightly so.
///
/// # Examples
/// ```
/// use sempre::{Canceled, Workflow, WorkflowContext, handlers};
/// use sempre::testing::{CrashRunner, TestEnvironment};
/// use std::{error::Error, time::Duration};
///
/// #[derive(Workflow, Default)]
/// struct Reminder;
///
/// #[handlers]
/// impl Reminder {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>, days: u32) -> Result<u32, Canceled> {
///         ctx.sleep(days * Duration::from_secs(86_400)).await?;
///         Ok(days)
///     }
/// }
///
/// # #[actix::main]
/// # async fn main() {
/// let crashes = CrashRunner::new(TestEnvironment::builder)
///     .run(async |env: TestEnvironment| {
///         let reminder = env.workflow::<Reminder>("r").start(30).await?;
///         Ok::<_, Box<dyn Error>>(reminder.result().await?)
///     })
///     .await;
/// assert_eq!(crashes, 4); // two commits, two moments
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CrashRunner<B> {
    environment: B,
    every: NonZeroU64,
}

impl<B: Fn() -> TestEnvironmentBuilder> CrashRunner<B> {
    /// A runner that has a new environment for each time it tells a story.
    pub fn new(environment: B) -> Self {
        Self {
            environment,
            every: NonZeroU64::MIN,
        }
    }

    /// The same runner with a crash at every so-manieth commit only. Default: at each.
    #[must_use]
    pub fn every(mut self, commits: NonZeroU64) -> Self {
        self.every = commits;
        self
    }

    /// Tells the story, and returns how many crashes it has survived.
    ///
    /// # Panics
    /// If the story fails, or ends in another way than it does in peace.
    #[expect(clippy::panic, reason = "this is an assertion")]
    pub async fn run<T, E>(&self, story: impl AsyncFn(TestEnvironment) -> Result<T, E>) -> u64
    where
        T: PartialEq + Debug,
        E: Display,
    {
        let peace = Arc::new(CrashPlan::default());
        let expected = match self.tell(&peace, &story).await {
            Ok(expected) => expected,
            Err(error) => panic!("the story fails without a crash: {error}"),
        };
        let commits = peace.commits.load(Ordering::SeqCst);
        let step = usize::try_from(self.every.get()).unwrap_or(usize::MAX);
        let mut crashes = 0;
        for commit in (1..=commits).step_by(step) {
            for is_written in [false, true] {
                let plan = Arc::new(CrashPlan {
                    crash_at: Some(commit),
                    is_written,
                    ..CrashPlan::default()
                });
                let moment = if is_written { "after" } else { "before" };
                let ended = self
                    .tell(&plan, &story)
                    .await
                    .map_err(|error| error.to_string());
                assert!(
                    matches!(&ended, Ok(ended) if *ended == expected),
                    "the story ends in another way after a crash {moment} commit {commit} of \
                     {commits} was written\nin peace:    {expected:?}\nwith crash:  {ended:?}"
                );
                crashes += u64::from(plan.has_crashed.load(Ordering::SeqCst));
            }
        }
        crashes
    }

    async fn tell<T, E>(
        &self,
        plan: &Arc<CrashPlan>,
        story: &impl AsyncFn(TestEnvironment) -> Result<T, E>,
    ) -> Result<T, E> {
        let plan = Arc::clone(plan);
        let builder = (self.environment)().store(move |inner, crash| {
            let life = Life {
                plan: Arc::clone(&plan),
                is_dead: AtomicBool::new(false),
                crash,
            };
            let commit = move |store: &MemoryStore, commits: &[Commit]| life.commit(store, commits);
            Arc::new(InterceptedStore::new(inner, commit))
        });
        let environment = builder.build();
        let ended = story(environment.clone()).await;
        environment.shutdown().await;
        ended
    }
}

/// When an engine crashes, and whether it has.
#[derive(Debug, Default)]
struct CrashPlan {
    /// What was to be written so far.
    commits: AtomicU64,
    crash_at: Option<u64>,
    /// Whether the commit at which the engine crashes is written.
    is_written: bool,
    has_crashed: AtomicBool,
}

/// Tells an environment that its engine has crashed.
pub(in crate::testing) type ReportCrash = Arc<dyn Fn() + Send + Sync>;

/// The life of one engine, which ends at one of its commits.
struct Life {
    plan: Arc<CrashPlan>,
    is_dead: AtomicBool,
    crash: ReportCrash,
}

impl Life {
    fn commit(&self, store: &MemoryStore, commits: &[Commit]) -> Result<(), StorageError> {
        if self.is_dead.load(Ordering::SeqCst) {
            return Err(dead(StorageErrorKind::Poisoned));
        }
        for commit in commits {
            let number = self.plan.commits.fetch_add(1, Ordering::SeqCst) + 1;
            let crashes = self.plan.crash_at == Some(number);
            if crashes && !self.plan.is_written {
                return Err(self.die());
            }
            store.commit(std::slice::from_ref(commit))?;
            if crashes {
                return Err(self.die());
            }
        }
        Ok(())
    }

    fn die(&self) -> StorageError {
        self.is_dead.store(true, Ordering::SeqCst);
        self.plan.has_crashed.store(true, Ordering::SeqCst);
        (self.crash)();
        dead(StorageErrorKind::Unavailable)
    }
}

fn dead(kind: StorageErrorKind) -> StorageError {
    StorageError::new(kind, "the engine has crashed, as the test wants it")
}

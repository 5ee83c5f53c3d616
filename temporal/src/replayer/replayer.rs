//! The replayer: workflows, and what they are told.

use std::{
    env,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
};

use derive_more::Debug;
use indicatif::ProgressBar;
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};
use sempre::{
    model::{Codec, History, WorkflowType},
    storage::{ReadStore, RunEntry},
    testing::replay::Comparison,
    workflow::WorkflowHandlers,
};

use super::{
    ReplayFilesError, ReplayReport,
    check::{Code, check_file, check_history, check_run},
    folder, program, store,
};
use crate::stored;

/// Replays recorded histories with the workflows of a program.
///
/// A history is told to its code twice: as a whole, as a recovery does, and workflow task by
/// workflow task, where every answer has to be the recorded one; see
/// [`check_recorded`](sempre::testing::replay::check_recorded). That includes histories of runs that
/// are still open, as far as they have got. Histories of other SDKs are compared by
/// [`Comparison::Kinds`].
///
/// Files are read as their names say: `*.json` is Temporal's JSON, `*.pb` and `*.binpb` are its
/// protobuf. Folders are walked to their ends; files of other names are left alone and counted. Of a
/// folder that is a store the open runs are replayed, each with the version of its workflow that it
/// stays with.
///
/// # Examples
/// All of a program for CI:
/// ```no_run
/// use sempre::{Canceled, Workflow, WorkflowContext, handlers};
/// use sempre_temporal::Replayer;
/// use std::{process::ExitCode, time::Duration};
///
/// #[derive(Workflow, Default)]
/// struct Reminder;
///
/// #[handlers]
/// impl Reminder {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
///         ctx.sleep(Duration::from_secs(86_400)).await
///     }
/// }
///
/// fn main() -> ExitCode {
///     Replayer::new().workflow::<Reminder>().path("histories").run()
/// }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a replayer does nothing until it is told to"]
pub struct Replayer {
    code: Code,
    registered_twice: Option<WorkflowType>,
    pub(super) paths: Vec<PathBuf>,
    pub(super) jobs: Option<NonZeroUsize>,
    pub(super) comparison: Option<Comparison>,
    pub(super) sample: Option<NonZeroUsize>,
}

impl Replayer {
    /// A replayer without workflows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a workflow. Each version of a type can be added once.
    pub fn workflow<W: WorkflowHandlers>(mut self) -> Self {
        if self.code.workflows.register::<W>() {
            self.registered_twice = Some(W::TYPE.into());
        }
        self
    }

    /// Adds a codec that the histories were encoded with, in the order in which the engine was given
    /// them. Histories are decoded before they are replayed; one that cannot be is unreadable.
    pub fn codec(mut self, codec: impl Codec) -> Self {
        self.code.codecs = self.code.codecs.and(codec);
        self
    }

    /// Adds a folder, a file or a store to those that [`run`](Self::run) replays where its command line names
    /// none. Default: none.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.paths.push(path.into());
        self
    }

    /// Sets how many histories are replayed at once. Default: as many as there are processors.
    pub fn jobs(mut self, jobs: NonZeroUsize) -> Self {
        self.jobs = Some(jobs);
        self
    }

    /// Sets how much of an answer has to be as recorded. Default: [`Comparison::Values`] for files, and
    /// [`Comparison::Kinds`], which is what an open run needs to go on, for stores.
    pub fn compare(mut self, comparison: Comparison) -> Self {
        self.comparison = Some(comparison);
        self
    }

    /// Sets how many open runs of a store are replayed of each version of each workflow, spread over the
    /// time of their starts. Default: all.
    pub fn sample(mut self, runs: NonZeroUsize) -> Self {
        self.sample = Some(runs);
        self
    }

    /// Replays the histories in a folder and below it.
    ///
    /// A file that cannot be read is reported, and the next one is replayed.
    ///
    /// # Errors
    /// [`ReplayFilesError`] if nothing was replayed: there is no such folder, or no history in it, or
    /// the replayer has no workflow, or two of a type.
    pub fn replay_folder(&self, path: impl AsRef<Path>) -> Result<ReplayReport, ReplayFilesError> {
        self.replay([path])
    }

    /// Replays the open runs of a store: the clone of one that an engine runs on, or one that is at rest.
    ///
    /// The runs go on meanwhile; each is read as far as it has got.
    ///
    /// # Examples
    /// Asks before an engine starts whether the code of this process fits the runs that are open:
    /// ```
    /// use sempre::{Workflow, WorkflowContext, handlers, storage::{SledOptions, SledStore}};
    /// use sempre_temporal::Replayer;
    ///
    /// #[derive(Workflow, Default)]
    /// struct Order;
    ///
    /// #[handlers]
    /// impl Order {
    ///     #[run]
    ///     async fn run(_: WorkflowContext<Self>) {}
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("orders.sempre");
    /// let store = SledStore::open(&path, SledOptions::default())?;
    /// let report = Replayer::new().workflow::<Order>().replay_store(&store)?;
    /// assert!(report.is_success(), "{report}");
    /// // … and now `Engine::on_store(Arc::new(store))`.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ReplayFilesError`] if nothing was replayed: the index of the store cannot be read, or the
    /// replayer has no workflow, or two of a type. A store without open runs is no error.
    pub fn replay_store(
        &self,
        store: &(impl ReadStore + ?Sized),
    ) -> Result<ReplayReport, ReplayFilesError> {
        self.check_workflows()?;
        let threads = self.threads()?;
        self.replay_runs(store, Path::new(""), &threads, &ProgressBar::hidden())
    }

    /// Replays histories that are at hand, as
    /// [`history`](https://docs.rs/sempre/latest/sempre/client/struct.ExecutionHandle.html) of a handle
    /// gives them.
    ///
    /// # Errors
    /// [`ReplayFilesError`] if nothing was replayed: the replayer has no workflow, or two of a type.
    pub fn replay_histories(
        &self,
        histories: impl IntoIterator<Item = History>,
    ) -> Result<ReplayReport, ReplayFilesError> {
        self.check_workflows()?;
        let comparison = self.comparison.unwrap_or_default();
        let histories: Vec<History> = histories.into_iter().collect();
        let replay =
            |history: &History| check_history(PathBuf::new(), history, &self.code, comparison);
        let threads = self.threads()?;
        Ok(ReplayReport {
            replays: threads.install(|| histories.par_iter().map(replay).collect()),
            ..ReplayReport::default()
        })
    }

    /// Replays the histories in folders, history files, and the open runs of stores.
    ///
    /// # Errors
    /// As for [`replay_folder`](Self::replay_folder), for the first path of which that is so.
    pub fn replay(
        &self,
        paths: impl IntoIterator<Item = impl AsRef<Path>>,
    ) -> Result<ReplayReport, ReplayFilesError> {
        let paths: Vec<_> = paths.into_iter().map(|it| it.as_ref().to_owned()).collect();
        self.replay_with(&paths, &ProgressBar::hidden())
    }

    /// Runs as a program: reads the command line, shows progress, prints a report.
    ///
    /// `--help` says what the command line takes. The report goes to standard output; progress and
    /// errors go to standard error. Ends with 0 if the workflows fit every history; with 1 if they do
    /// not, or a type is not registered; with 2 if files could not be read, or nothing was replayed.
    #[must_use = "the exit code is what CI looks at"]
    pub fn run(self) -> ExitCode {
        // Not locked: a workflow that prints would wait for the end of its own replay.
        let mut out = anstream::stdout();
        let mut complaints = anstream::stderr();
        program::run(self, env::args_os(), &mut out, &mut complaints).into()
    }

    pub(super) fn replay_with(
        &self,
        paths: &[PathBuf],
        progress: &ProgressBar,
    ) -> Result<ReplayReport, ReplayFilesError> {
        self.check_workflows()?;
        if paths.is_empty() {
            return Err(ReplayFilesError::NothingMeant);
        }
        let (stores, files): (Vec<_>, Vec<_>) = paths
            .iter()
            .cloned()
            .partition(|path| stored::is_store(path));
        let threads = self.threads()?;
        let mut report = self.replay_files(&files, &threads, progress)?;
        for path in &stores {
            let store = store::open(path)?;
            let of_store = self.replay_runs(&store, path, &threads, progress)?;
            report.replays.extend(of_store.replays);
            report.stores += of_store.stores;
        }
        progress.finish_and_clear();
        Ok(report)
    }

    fn replay_files(
        &self,
        paths: &[PathBuf],
        threads: &ThreadPool,
        progress: &ProgressBar,
    ) -> Result<ReplayReport, ReplayFilesError> {
        let found = folder::find(paths)?;
        expect(progress, found.files.len());
        let comparison = self.comparison.unwrap_or_default();
        let replay = |path: PathBuf| {
            let replays = check_file(path, &self.code, comparison);
            progress.inc(1);
            replays
        };
        let replayed: Vec<_> =
            threads.install(|| found.files.into_par_iter().flat_map_iter(replay).collect());
        let mut replays = found.closed;
        replays.extend(replayed);
        Ok(ReplayReport {
            replays,
            skipped: found.skipped,
            stores: 0,
        })
    }

    fn replay_runs(
        &self,
        store: &(impl ReadStore + ?Sized),
        path: &Path,
        threads: &ThreadPool,
        progress: &ProgressBar,
    ) -> Result<ReplayReport, ReplayFilesError> {
        let runs = store::choose(store, self.sample);
        let runs = runs.map_err(|source| store::unreadable(path, source))?;
        expect(progress, runs.len());
        let comparison = self.comparison.unwrap_or(Comparison::Kinds);
        let replay = |run: &RunEntry| {
            let replay = check_run((path, store), run, &self.code, comparison);
            progress.inc(1);
            replay
        };
        Ok(ReplayReport {
            replays: threads.install(|| runs.par_iter().map(replay).collect()),
            skipped: 0,
            stores: 1,
        })
    }

    fn threads(&self) -> Result<ThreadPool, ReplayFilesError> {
        ThreadPoolBuilder::new()
            .num_threads(self.jobs.map_or(0, NonZeroUsize::get))
            .build()
            .map_err(|error| ReplayFilesError::NoThreads {
                message: error.to_string(),
            })
    }

    fn check_workflows(&self) -> Result<(), ReplayFilesError> {
        if let Some(workflow_type) = &self.registered_twice {
            let workflow_type = workflow_type.clone();
            return Err(ReplayFilesError::RegisteredTwice { workflow_type });
        }
        if self.code.workflows.types().next().is_none() {
            return Err(ReplayFilesError::NoWorkflow);
        }
        Ok(())
    }
}

/// So many more are to be replayed.
fn expect(progress: &ProgressBar, count: usize) {
    let known = progress.length().unwrap_or_default();
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    progress.set_length(known.saturating_add(count));
}

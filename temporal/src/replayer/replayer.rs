//! The replayer: workflows, and what they are told.

use std::{
    env,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
};

use derive_more::Debug;
use indicatif::ProgressBar;
use rayon::{ThreadPoolBuilder, prelude::*};
use sempre::{
    model::WorkflowType,
    testing::replay::Comparison,
    workflow::{WorkflowHandlers, WorkflowRegistry},
};

use super::{ReplayFilesError, ReplayReport, check::check_file, folder, program};

/// Replays recorded histories with the workflows of a program.
///
/// A history is told to its code twice: as a whole, as a recovery does, and workflow task by
/// workflow task, where every answer has to be the recorded one; see
/// [`check_recorded`](sempre::testing::replay::check_recorded). That includes histories of runs that
/// are still open, as far as they have got. Histories of other SDKs are compared by
/// [`Comparison::Kinds`].
///
/// Files are read as their names say: `*.json` is Temporal's JSON, `*.pb` and `*.binpb` are its
/// protobuf. Folders are walked to their ends; files of other names are left alone and counted.
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
    workflows: WorkflowRegistry,
    registered_twice: Option<WorkflowType>,
    pub(super) paths: Vec<PathBuf>,
    pub(super) jobs: Option<NonZeroUsize>,
    pub(super) comparison: Comparison,
}

impl Replayer {
    /// A replayer without workflows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a workflow. Each version of a type can be added once.
    pub fn workflow<W: WorkflowHandlers>(mut self) -> Self {
        if self.workflows.register::<W>() {
            self.registered_twice = Some(W::TYPE.into());
        }
        self
    }

    /// Adds a folder or a file to those that [`run`](Self::run) replays where its command line names
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

    /// Sets how much of an answer has to be as recorded. Default: [`Comparison::Values`].
    pub fn compare(mut self, comparison: Comparison) -> Self {
        self.comparison = comparison;
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

    /// Replays the histories in folders, and history files.
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
        let found = folder::find(paths)?;
        let threads = ThreadPoolBuilder::new()
            .num_threads(self.jobs.map_or(0, NonZeroUsize::get))
            .build()
            .map_err(|error| ReplayFilesError::NoThreads {
                message: error.to_string(),
            })?;
        progress.set_length(found.files.len().try_into().unwrap_or(u64::MAX));
        let replay = |path: PathBuf| {
            let replays = check_file(path, &self.workflows, self.comparison);
            progress.inc(1);
            replays
        };
        let replayed: Vec<_> =
            threads.install(|| found.files.into_par_iter().flat_map_iter(replay).collect());
        progress.finish_and_clear();
        let mut replays = found.closed;
        replays.extend(replayed);
        Ok(ReplayReport {
            replays,
            skipped: found.skipped,
        })
    }

    fn check_workflows(&self) -> Result<(), ReplayFilesError> {
        if let Some(workflow_type) = &self.registered_twice {
            let workflow_type = workflow_type.clone();
            return Err(ReplayFilesError::RegisteredTwice { workflow_type });
        }
        if self.workflows.types().next().is_none() {
            return Err(ReplayFilesError::NoWorkflow);
        }
        Ok(())
    }
}

//! Holding a history against its golden one, or making it that.

use std::{env, fs, io, path::Path};

use sempre::model::History;
use serde_json::Value;

use super::{
    GoldenError,
    difference::difference,
    normal::{compared, written},
};
use crate::{
    HistoryFileError, TemporalHistory,
    file::{self, Format},
};

/// Checks that a history is the golden one in a file of Temporal's JSON; with `BLESS=1` in the
/// environment, makes it that.
///
/// A relative path begins at the folder of the package that is tested. Identities and request ids are
/// numbered; run ids, times, sizes of histories and the version of sempre may differ. A golden
/// history is written only if there is none, or the two differ: blessing twice changes nothing.
///
/// The order of what happens at the same time is up to the engine. A test that is to record the same
/// history every time lets one thing end before it begins another, with `env.skip(…)`.
///
/// # Errors
/// [`GoldenError`] with what differs, or why the golden history cannot be used.
pub fn check(history: &History, path: impl AsRef<Path>) -> Result<(), GoldenError> {
    check_as(Mode::of_environment(), history, path.as_ref())
}

/// The same as an assertion: its report is made for people.
///
/// # Examples
/// ```no_run
/// # use sempre::{Canceled, Workflow, WorkflowContext, handlers};
/// # use sempre::testing::TestEnvironment;
/// # use std::time::Duration;
/// # #[derive(Workflow, Default)]
/// # struct Reminder;
/// # #[handlers]
/// # impl Reminder {
/// #     #[run]
/// #     async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
/// #         ctx.sleep(Duration::from_secs(86_400)).await
/// #     }
/// # }
/// use sempre_temporal::golden;
///
/// #[sempre::test]
/// async fn a_reminder_does_what_it_always_did(env: TestEnvironment) {
///     let reminder = env.workflow::<Reminder>("reminder-1").start(()).await?;
///     reminder.result().await?;
///     golden::assert(&reminder.history().await?, "tests/histories/reminder.json");
/// }
/// ```
///
/// # Panics
/// With what [`check`] returns as an error.
#[track_caller]
#[expect(clippy::panic, reason = "this is an assertion")]
pub fn assert(history: &History, path: impl AsRef<Path>) {
    if let Err(error) = check(history, path) {
        panic!("{error}");
    }
}

/// What is done about a history that is not the golden one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// It is reported.
    Check,
    /// It becomes the golden one.
    Bless,
}

impl Mode {
    fn of_environment() -> Self {
        let blessed = env::var_os("BLESS");
        if blessed.is_some_and(|value| !value.is_empty() && value != "0") {
            Self::Bless
        } else {
            Self::Check
        }
    }
}

pub(super) fn check_as(mode: Mode, history: &History, path: &Path) -> Result<(), GoldenError> {
    if Format::of(path) != Some(Format::Json) {
        let path = path.to_owned();
        return Err(GoldenError::NotJson { path });
    }
    let recorded = TemporalHistory::from_history(history).map_err(GoldenError::NotExported)?;
    let recorded = recorded.to_json();
    match (compare(&recorded, path), mode) {
        (Ok(()), _) => Ok(()),
        // Blessing one of several histories would lose the others.
        (Err(error @ GoldenError::Several { .. }), _) | (Err(error), Mode::Check) => Err(error),
        (Err(_), Mode::Bless) => bless(recorded, path),
    }
}

fn compare(recorded: &Value, path: &Path) -> Result<(), GoldenError> {
    let golden = read(path)?;
    match difference(&compared(golden), &compared(recorded.clone())) {
        None => Ok(()),
        Some(difference) => Err(GoldenError::Differs {
            path: path.to_owned(),
            difference: Box::new(difference),
        }),
    }
}

fn read(path: &Path) -> Result<Value, GoldenError> {
    let histories = file::read(path).map_err(|source| match source {
        HistoryFileError::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
            GoldenError::Missing {
                path: path.to_owned(),
            }
        }
        source => GoldenError::Unreadable {
            path: path.to_owned(),
            source,
        },
    })?;
    match histories.as_slice() {
        [history] => Ok(history.to_json()),
        several => Err(GoldenError::Several {
            path: path.to_owned(),
            histories: several.len(),
        }),
    }
}

/// Writes the golden history whole or not at all, so that whoever reads it meanwhile reads one.
fn bless(recorded: Value, path: &Path) -> Result<(), GoldenError> {
    let text = format!("{:#}\n", written(recorded));
    let folder = path.parent().unwrap_or(path);
    let beside = path.with_extension("blessed");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&beside, text))
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|source| GoldenError::NotWritten {
            path: path.to_owned(),
            source,
        })
}

//! Activities as a test gives them: mocks and real ones, exchanged while the engine runs.

use std::{
    collections::BTreeMap,
    future::ready,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use derive_more::Debug;
use futures::{FutureExt as _, future::BoxFuture};

use crate::{
    activity::{ActivityCode, ActivityContext, ActivityImplementation, ActivitySet},
    definition::{Activity, Failure as _},
    model::{ActivityType, Failure, Payloads},
};

/// The kind of failure of a mock whose input does not decode or whose output cannot be written.
const MALFORMED_PAYLOAD: &str = "MalformedPayload";

/// What the function behind a mock may return: the activity's result, or a future of it.
///
/// `At` tells the two apart; it is inferred.
pub trait MockAnswer<A: Activity, At> {
    /// The outcome of the attempt.
    fn outcome(self) -> BoxFuture<'static, Result<Payloads, Failure>>;
}

/// Says that a mock answers at once.
#[derive(Clone, Copy, Debug)]
pub struct AtOnce;

/// Says that a mock answers later.
#[derive(Clone, Copy, Debug)]
pub struct Later;

impl<A: Activity> MockAnswer<A, AtOnce> for Result<A::Output, A::Error> {
    fn outcome(self) -> BoxFuture<'static, Result<Payloads, Failure>> {
        ready(write_outcome::<A>(self)).boxed()
    }
}

impl<A, F> MockAnswer<A, Later> for F
where
    A: Activity,
    F: Future<Output = Result<A::Output, A::Error>> + Send + 'static,
{
    fn outcome(self) -> BoxFuture<'static, Result<Payloads, Failure>> {
        self.map(write_outcome::<A>).boxed()
    }
}

fn write_outcome<A: Activity>(outcome: Result<A::Output, A::Error>) -> Result<Payloads, Failure> {
    match outcome {
        Ok(output) => {
            Payloads::encode_readable(&output).map_err(|error| malformed(error.to_string()))
        }
        Err(error) => Err(error.to_failure()),
    }
}

/// A mistake of the test or of a type, which no further attempt mends.
fn malformed(message: String) -> Failure {
    Failure::own_final(message, MALFORMED_PAYLOAD)
}

/// A mock that is in place.
#[derive(Clone, Debug)]
pub struct ActivityMock {
    calls: Arc<AtomicUsize>,
}

impl ActivityMock {
    /// How many attempts have called it so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// The code of a mock, with what counts its calls.
pub(super) fn mock<A, F, R, At>(answer: F) -> (ActivityCode, ActivityMock)
where
    A: Activity,
    F: Fn(ActivityContext, A::Input) -> R + Send + Sync + 'static,
    R: MockAnswer<A, At>,
{
    let mock = ActivityMock {
        calls: Arc::default(),
    };
    let calls = Arc::clone(&mock.calls);
    let code = ActivityCode::Async(Arc::new(move |ctx, input| {
        calls.fetch_add(1, Ordering::SeqCst);
        match input.decode::<A::Input>() {
            Ok(input) => answer(ctx, input).outcome(),
            Err(error) => ready(Err(malformed(error.to_string()))).boxed(),
        }
    }));
    (code, mock)
}

/// The activities of an environment; clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Switchboard {
    lines: Arc<Mutex<BTreeMap<ActivityType, Line>>>,
}

#[derive(Clone, Debug)]
struct Line {
    code: ActivityCode,
    is_mock: bool,
}

impl Switchboard {
    /// Puts code in the place of an activity; returns whether a running engine has to be started
    /// anew to find it. What is real never takes the place of a mock.
    pub(super) fn connect(
        &self,
        activity_type: ActivityType,
        code: ActivityCode,
        is_mock: bool,
    ) -> bool {
        let mut lines = self.lock();
        let before = lines.get(&activity_type);
        if before.is_some_and(|before| before.is_mock && !is_mock) {
            return false;
        }
        let is_found = before.is_some_and(|before| is_blocking(&before.code) == is_blocking(&code));
        lines.insert(activity_type, Line { code, is_mock });
        !is_found
    }

    fn code(&self, activity_type: &ActivityType) -> Option<ActivityCode> {
        let lines = self.lock();
        lines.get(activity_type).map(|line| line.code.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ActivityType, Line>> {
        // Invariant: entries are only replaced whole, so they are valid after a panic elsewhere.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the engine calls: whatever is connected at that moment.
    fn implementation(
        &self,
        activity_type: ActivityType,
        code: &ActivityCode,
    ) -> ActivityImplementation {
        let (board, wanted) = (self.clone(), activity_type.clone());
        let code = match code {
            ActivityCode::Async(_) => {
                ActivityCode::Async(Arc::new(move |ctx, input| match board.code(&wanted) {
                    Some(ActivityCode::Async(code)) => code(ctx, input),
                    _ => ready(Err(exchanged(&wanted))).boxed(),
                }))
            }
            ActivityCode::Blocking(_) => {
                ActivityCode::Blocking(Arc::new(move |ctx, input| match board.code(&wanted) {
                    Some(ActivityCode::Blocking(code)) => code(ctx, input),
                    _ => Err(exchanged(&wanted)),
                }))
            }
        };
        ActivityImplementation {
            activity_type,
            code,
        }
    }
}

/// An engine that is about to be started anew still runs an attempt; the next one has another.
fn exchanged(activity_type: &ActivityType) -> Failure {
    Failure::server(format!(
        "activity was exchanged activity_type={activity_type}"
    ))
}

fn is_blocking(code: &ActivityCode) -> bool {
    matches!(code, ActivityCode::Blocking(_))
}

impl ActivitySet for Switchboard {
    fn implementations(self: Arc<Self>) -> Vec<ActivityImplementation> {
        let lines = self.lock().clone();
        let lines = lines.into_iter();
        lines
            .map(|(activity_type, line)| self.implementation(activity_type, &line.code))
            .collect()
    }
}

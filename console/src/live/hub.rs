//! Who looks at what, and the thread that makes it for them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use derive_more::Debug;
use futures::executor::block_on;
use futures_timer::Delay;
use http::StatusCode;
use sempre::model::Identity;
use tokio::sync::watch::{Receiver, Sender};

use super::watch::event;
use crate::{Console, fields::Fields, problem::Problem, route::Page, view, visit::Visit};

/// Bound: views that somebody looks at, and readers of all of them.
const VIEWS_MAX: usize = 256;
const READERS_MAX: usize = 2_048;
/// The shortest time between two looks, and the longest.
const REST: Duration = Duration::from_secs(1);
const REST_MAX: Duration = Duration::from_secs(60);
/// How much longer than a look the rest after it is.
const REST_PER_LOOK: u32 = 20;
/// After how many looks without news a reader is told that all is well, so that one who has left is
/// noticed.
const QUIET_LOOKS: u64 = 15;

/// What a view is: a page, for somebody, with what was asked for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct ViewKey {
    pub(super) page: Page,
    pub(super) who: Option<Identity>,
    pub(super) query: Vec<(String, String)>,
}

/// What the readers of a view are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// Counts the changes.
    pub(super) version: u64,
    /// The view, as it is sent.
    #[debug(skip)]
    pub(super) event: Bytes,
    /// Counts the signs of life in between.
    pub(super) beats: u64,
}

/// Who looks at what.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    views: BTreeMap<ViewKey, Sender<Shown>>,
    is_attended: bool,
    is_closed: bool,
}

impl Hub {
    /// Joins the readers of a view.
    pub(super) fn join(console: &Console, key: ViewKey) -> Result<Receiver<Shown>, Problem> {
        let mut state = console.shared.hub.lock();
        if state.is_closed {
            let message = "the service stops, and shows no live views any more";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, message));
        }
        let readers: usize = state.views.values().map(Sender::receiver_count).sum();
        let is_new = !state.views.contains_key(&key);
        if readers >= READERS_MAX || is_new && state.views.len() >= VIEWS_MAX {
            return Err(Problem {
                retry_after: Some(REST_MAX),
                ..Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "too many live views are open; load the page again to see what is new",
                )
            });
        }
        let receiver = state.views.entry(key).or_default().subscribe();
        if !state.is_attended {
            let console = console.clone();
            let thread = std::thread::Builder::new().name("sempre-console-live".into());
            let started = thread.spawn(move || block_on(attend(&console)));
            state.is_attended = started.is_ok();
        }
        Ok(receiver)
    }

    /// Ends all views, and takes no readers any more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        // Readers notice that nobody makes their view any more.
        state.views.clear();
    }

    /// The views that somebody looks at; without any, the thread is no longer there.
    fn wanted(&self) -> Vec<(ViewKey, Sender<Shown>)> {
        let mut state = self.lock();
        state.views.retain(|_, sender| sender.receiver_count() > 0);
        state.is_attended = !state.views.is_empty();
        let views = state.views.iter();
        views
            .map(|(key, sender)| (key.clone(), sender.clone()))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Invariant: views are only put in and taken out, so it is valid after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes what is looked at, again and again, until nobody looks.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a look takes has nothing to do with the time of workflows"
)]
async fn attend(console: &Console) {
    // Bound: ends with the last reader; each turn rests.
    loop {
        let wanted = console.shared.hub.wanted();
        if wanted.is_empty() {
            return;
        }
        let began = Instant::now();
        for (key, sender) in wanted {
            let event = make(console, key).await;
            sender.send_if_modified(|shown| renew(shown, event));
        }
        let rest = began.elapsed().saturating_mul(REST_PER_LOOK);
        Delay::new(rest.clamp(REST, REST_MAX)).await;
    }
}

/// Takes a view over if it is another one; says whether readers are to be told.
fn renew(shown: &mut Shown, event: Bytes) -> bool {
    if shown.event == event {
        shown.beats += 1;
        return shown.beats.is_multiple_of(QUIET_LOOKS);
    }
    *shown = Shown {
        version: shown.version + 1,
        event,
        beats: 0,
    };
    true
}

async fn make(console: &Console, key: ViewKey) -> Bytes {
    let mut fields = Fields::default();
    for (name, value) in key.query {
        fields.set(&name, value.into());
    }
    let mut visit = Visit::new(console, key.who, fields);
    visit.is_live = true;
    match view::content(key.page, &visit).await {
        Ok(content) => event("view", &content.main.into_string()),
        Err(problem) => event("problem", &problem.to_string()),
    }
}

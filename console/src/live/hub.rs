//! Who looks at what, and the thread that makes it for them.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use derive_more::Debug;
use futures::{FutureExt as _, executor::block_on, future::select};
use futures_timer::Delay;
use http::StatusCode;
use sempre::model::{Identity, Namespace};
use tokio::sync::{
    Notify,
    watch::{Receiver, Sender},
};

use super::watch::event;
use crate::{
    Console, console::Shared, fields::Fields, problem::Problem, route::Page, view, visit::Visit,
};

/// Bound: views that somebody looks at, and readers of all of them.
const VIEWS_MAX: usize = 256;
const READERS_MAX: usize = 2_048;
/// Bound: bytes of what tells a view from others, and of what its readers are shown. With them, and
/// the number of views, the memory that live views take is bounded.
const KEY_BYTES_MAX: usize = 8 * 1024;
pub(crate) const SHOWN_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The shortest time between two looks, and the longest.
const REST: Duration = Duration::from_secs(1);
const REST_MAX: Duration = Duration::from_secs(60);
/// How much longer than a look the rest after it is.
const REST_PER_LOOK: u32 = 20;
/// After how many looks without news a reader is told that all is well, so that one who has left is
/// noticed.
const QUIET_LOOKS: u64 = 15;

/// What a view is: a page, for somebody, with what was asked for, under the rules that hold for it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct ViewKey {
    pub(super) page: Page,
    pub(super) who: Option<Identity>,
    pub(super) query: Vec<(String, String)>,
    rules: Rules,
}

/// What clones of a console may differ in, as far as a view shows it.
///
/// The rule is known by its address, which is its own as long as a view keeps its console.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Rules {
    title: Arc<str>,
    namespace: Namespace,
    redact: Option<usize>,
}

impl Rules {
    fn of(console: &Console) -> Self {
        let redact = console.redact.as_ref();
        Self {
            title: Arc::clone(&console.title),
            namespace: console.source.namespace().clone(),
            redact: redact.map(|rule| Arc::as_ptr(rule).cast::<()>().addr()),
        }
    }
}

impl ViewKey {
    pub(super) fn new(
        visit: &Visit,
        page: Page,
        query: Vec<(String, String)>,
    ) -> Result<Self, Problem> {
        let who = visit.who.as_ref().map_or(0, |who| who.as_str().len());
        let bytes = query.iter().map(|(name, value)| name.len() + value.len());
        if who + bytes.sum::<usize>() > KEY_BYTES_MAX {
            return Err(Problem::new(
                StatusCode::URI_TOO_LONG,
                format!("the address is too long for a live view limit={KEY_BYTES_MAX}"),
            ));
        }
        Ok(Self {
            page,
            query,
            who: visit.who.clone(),
            rules: Rules::of(&visit.console),
        })
    }
}

/// What the readers of a view are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// Counts the changes; 0 before the first look.
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
    /// Told when a reader leaves, and when the hub is closed.
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    views: BTreeMap<ViewKey, View>,
    is_attended: bool,
    is_closed: bool,
}

/// A view that somebody looks at. It is made by the console that was asked for it, which it does not
/// hold: views end with the last console.
#[derive(Clone, Debug)]
struct View {
    console: Console,
    sender: Sender<Shown>,
}

/// The place of a reader, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) receiver: Receiver<Shown>,
    /// Dropped after the receiver, which counts no longer when the hub is told.
    _leave: Leave,
}

#[derive(Debug)]
struct Leave(Arc<Shared>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.hub.left.notify_one();
    }
}

impl Hub {
    /// Joins the readers of a view.
    pub(super) fn join(console: &Console, key: ViewKey) -> Result<Seat, Problem> {
        let mut state = console.shared.hub.lock();
        if state.is_closed {
            return Err(Problem::unavailable(
                "the service is stopping and shows no more live views",
            ));
        }
        let readers = state.views.values().map(|it| it.sender.receiver_count());
        let is_new = !state.views.contains_key(&key);
        if readers.sum::<usize>() >= READERS_MAX || is_new && state.views.len() >= VIEWS_MAX {
            return Err(no_room());
        }
        if !state.is_attended {
            let shared = Arc::clone(&console.shared);
            let thread = std::thread::Builder::new().name("sempre-console-live".into());
            // It waits for the lock before it looks for views.
            thread.spawn(move || work(&shared)).map_err(|error| {
                tracing::warn!(%error, "the thread of live views cannot be started");
                no_room()
            })?;
            state.is_attended = true;
        }
        let view = state.views.entry(key).or_insert_with(|| View {
            console: console.without_hold(),
            sender: Sender::default(),
        });
        let mut receiver = view.sender.subscribe();
        if receiver.borrow().version > 0 {
            // What the others have been shown is news to this reader.
            receiver.mark_changed();
        }
        Ok(Seat {
            receiver,
            _leave: Leave(Arc::clone(&console.shared)),
        })
    }

    /// Ends all views, and takes no readers any more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        // Readers notice that nobody makes their view any more.
        state.views.clear();
        drop(state);
        self.left.notify_one();
    }

    /// Ends all views, because nobody makes them any more; whoever asks again begins anew.
    fn abandon(&self) {
        let mut state = self.lock();
        state.views.clear();
        state.is_attended = false;
    }

    /// The views that somebody looks at.
    fn wanted(&self) -> Vec<(ViewKey, View)> {
        let views = &self.lock().views;
        let wanted = views
            .iter()
            .filter(|(_, view)| view.sender.receiver_count() > 0);
        wanted
            .map(|(key, view)| (key.clone(), view.clone()))
            .collect()
    }

    /// Lets go of views that nobody looks at, as soon as that is so, until none is left.
    async fn deserted(&self) {
        // Bound: each turn waits until a reader leaves, and ends with the last.
        while !self.is_deserted() {
            self.left.notified().await;
        }
    }

    /// Whether no view is left; then the thread is no longer there.
    fn is_deserted(&self) -> bool {
        let mut state = self.lock();
        state
            .views
            .retain(|_, view| view.sender.receiver_count() > 0);
        state.is_attended = !state.views.is_empty();
        !state.is_attended
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Invariant: views are only put in and taken out, so it is valid after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_room() -> Problem {
    Problem {
        retry_after: Some(REST_MAX),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many live views are open; reload the page to see what is new",
        )
    }
}

/// What the thread does: it makes views until nobody looks at one.
fn work(shared: &Shared) {
    let worked = catch_unwind(AssertUnwindSafe(|| {
        block_on(async {
            select(pin!(attend(&shared.hub)), pin!(shared.hub.deserted())).await;
        });
    }));
    if worked.is_err() {
        tracing::error!("the thread of live views has panicked; its readers ask again");
        shared.hub.abandon();
    }
}

/// Makes what is looked at, again and again.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a look takes has nothing to do with the time of workflows"
)]
async fn attend(hub: &Hub) {
    // Bound: whoever waits for it stops with the last reader; each turn rests.
    loop {
        let began = Instant::now();
        for (key, view) in hub.wanted() {
            let event = make(&view.console, key).await;
            view.sender.send_if_modified(|shown| renew(shown, event));
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
    // A rule of the service, or a view, that panics spoils its own view alone.
    let made = AssertUnwindSafe(view_of(console, key)).catch_unwind().await;
    match made {
        Ok(Ok(html)) if html.len() > SHOWN_BYTES_MAX => event(
            "problem",
            "this page is too large to be live; reload it to see what is new",
        ),
        Ok(Ok(html)) => event("view", &html),
        Ok(Err(problem)) => event("problem", &problem.to_string()),
        Err(_) => {
            tracing::error!("a live view of the console has panicked");
            event(
                "problem",
                "this view could not be made; the log of the service has the cause",
            )
        }
    }
}

async fn view_of(console: &Console, key: ViewKey) -> Result<String, Problem> {
    let mut fields = Fields::default();
    for (name, value) in key.query {
        fields.set(&name, value.into());
    }
    let mut visit = Visit::new(console, key.who, fields);
    visit.is_live = true;
    let content = view::content(key.page, &visit).await?;
    Ok(content.main.into_string())
}

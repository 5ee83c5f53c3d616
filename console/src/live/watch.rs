//! A live view as its reader gets it: server-sent events.

use std::time::Duration;

use bytes::Bytes;
use futures::{
    FutureExt as _, StreamExt as _,
    future::{Either, select},
    stream,
};
use futures_timer::Delay;

use super::hub::{Hub, Seat, ViewKey};
use crate::{
    problem::Problem,
    reply::{self, Reply},
    route::Page,
    visit::Visit,
};

/// How long a reader is served; then it asks again, and the access rule is asked with it.
const SERVED_FOR: Duration = Duration::from_secs(300);

/// A view as a stream of events: `view` with its HTML whenever that has changed, `problem` with what
/// is wrong where it cannot be shown.
pub(crate) fn watch(visit: &Visit, page: Page) -> Result<Reply, Problem> {
    let query = visit.fields.lasting();
    let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let key = ViewKey::new(visit, page, query.collect())?;
    let seat = Hub::join(&visit.console, key)?;
    let reader = Reader {
        seat,
        version: 0,
        time_is_up: Delay::new(SERVED_FOR),
    };
    let events = stream::unfold(reader, |reader| reader.next().boxed());
    let hello = stream::once(async { Bytes::from_static(b"retry: 2000\n\n") });
    Ok(reply::live(hello.chain(events).boxed()))
}

struct Reader {
    seat: Seat,
    version: u64,
    time_is_up: Delay,
}

impl Reader {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let changed = Box::pin(self.seat.receiver.changed());
        match select(changed, &mut self.time_is_up).await {
            Either::Left((Ok(()), _)) => {}
            Either::Left((Err(_), _)) | Either::Right(_) => return None,
        }
        let shown = self.seat.receiver.borrow_and_update().clone();
        if shown.version == self.version {
            return Some((Bytes::from_static(b": all is well\n\n"), self));
        }
        self.version = shown.version;
        Some((shown.event, self))
    }
}

/// An event of this name, with this text.
pub(super) fn event(name: &str, text: &str) -> Bytes {
    let mut event = format!("event: {name}\n");
    for line in text.split(['\n', '\r']) {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event.into()
}

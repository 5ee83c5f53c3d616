//! Live views: a page is sent again when it has changed, to all who look at it.
//!
//! One thread makes each view that somebody looks at, once for all who see the same, and then rests
//! for twenty times as long as that took, at least a second and at most a minute. So what live views
//! cost does not grow with the number of readers. The thread ends with the last reader, and with the
//! last clone of the console.
//!
//! Absent on purpose: what has changed since. A reader is sent the view as it is, and one who is
//! slow misses what was in between.

mod hub;
mod watch;

pub(crate) use self::{hub::Hub, watch::watch};

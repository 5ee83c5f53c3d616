//! Restate: a server of its own, which calls services over HTTP/2.
//!
//! [`server`] starts the server that was given and stops it, [`service`] is what it calls, and
//! [`subject`] does the scenarios. A step is done in two ways, because Restate has two: `ctx.run`
//! stays in the handler's process, as a local activity would, and a call of another service is
//! dispatched by the server, as an activity is.

mod server;
mod service;
mod subject;

pub(crate) use self::subject::{Restate, Step};

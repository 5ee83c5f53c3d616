//! A page for those who look after workflows, in the service that runs them.
//!
//! [`Console`] is a page and a JSON API over one [`Engine`](sempre::Engine), or over a store that no
//! engine runs on. It takes requests and
//! gives responses of the `http` crate, so any server can show it: [`Console::serve`] brings one,
//! `actix` mounts it in actix-web, `axum` in axum.
//!
//! ```
//! # #[actix::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let engine = sempre::guide::example::engine().await?;
//! use sempre_console::Console;
//!
//! let server = Console::new(&engine).serve("127.0.0.1:0")?;
//! println!("The console is at {}", server.url());
//! # server.stop().await;
//! # engine.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Whoever sees it, and who may change something, is said by [`Console::access`]; without a rule it
//! is shown to readers on this machine and to nobody else. Payloads are hidden until they are asked
//! for, and [`Console::redact`] takes out of them what nobody should see.
//!
//! # Feature flags
//!
//! | feature     | default | brings                                                    |
//! |-------------|---------|-----------------------------------------------------------|
//! | `server`    | yes     | a server of its own: [`Console::serve`]                    |
//! | `actix-web` | no      | `adapter::actix`                                          |
//! | `axum`      | no      | `adapter::axum`                                           |
//! | `temporal`  | no      | histories to download as Temporal's JSON                  |
//!
//! # Inside
//!
//! ```text
//! respond ─▶ access ─▶ route ─┬─▶ view (HTML)  ◀── live (sends a view again when it has changed)
//!                             ├─▶ api (JSON)
//!                             └─▶ action (changes something, for those who may)
//! ```
//!
//! Absent on purpose: state. What is shown is what the engine says at that moment; the actions that are
//! taken here (`audit`) are recorded in the trail of the engine, and told to the log.

mod access;
mod action;
pub mod adapter;
mod api;
mod asset;
mod audit;
mod body;
mod console;
mod csrf;
mod divergence;
mod duration;
mod failure;
mod fields;
mod history;
pub mod json;
mod live;
mod problem;
#[cfg(feature = "prometheus")]
mod prometheus;
mod recent;
mod reply;
mod reveal;
mod route;
#[cfg(feature = "server")]
mod server;
#[cfg(all(feature = "server", unix))]
mod socket;
mod source;
mod tree;
mod view;
mod visit;
mod waits;

#[cfg(feature = "prometheus")]
pub use self::prometheus::{InstallPrometheusError, Prometheus};
#[cfg(feature = "server")]
pub use self::server::ConsoleServer;
#[cfg(all(feature = "server", unix))]
pub use self::socket::{ConsoleSocket, SOCKET_NAME, connect_beside};
pub use self::{
    access::{Access, Peer, SocketPeer},
    body::ConsoleBody,
    console::Console,
};

#[cfg(test)]
mod tests;

/// The guide to the console, which belongs to the library and cannot be compiled there.
#[cfg(doctest)]
#[doc = include_str!("../../framework/docs/guide/console.md")]
struct Guide;

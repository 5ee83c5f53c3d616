mod access;
mod act;
#[cfg(any(feature = "actix-web", feature = "axum"))]
mod adapter;
mod api;
mod asset;
mod at_rest;
mod bulk;
mod code;
mod history;
mod live;
mod namespace;
mod page;
#[cfg(feature = "prometheus")]
mod prometheus;
mod queue;
mod recent;
mod reveal;
mod schedule;
#[cfg(feature = "server")]
mod server;
#[cfg(all(feature = "server", unix))]
mod socket;
mod store;
mod text;
mod tree;
mod world;

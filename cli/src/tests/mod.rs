mod act;
mod batch;
#[cfg(unix)]
mod beside;
mod cold;
mod engine;
mod export;
mod list;
mod namespace;
mod place;
mod queue;
mod reference;
mod schedule;
mod show;
mod store;
mod world;

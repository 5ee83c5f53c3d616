//! The three ways in which an engine may keep its programs.

use derive_more::Display;
use sempre::runtime::EngineBuilder;

/// How an engine keeps its programs between workflow tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub enum Mode {
    /// In memory, as in production.
    Live,
    /// Not at all: each workflow task replays the whole history.
    Replayed,
    /// Not at all, and the execution leaves memory after each message.
    Evicted,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Live, Self::Replayed, Self::Evicted];

    /// The same engine in this mode.
    pub fn configure(self, engine: EngineBuilder) -> EngineBuilder {
        match self {
            Self::Live => engine,
            Self::Replayed => engine.replay_every_task(true),
            Self::Evicted => engine.replay_every_task(true).max_resident_executions(0),
        }
    }
}

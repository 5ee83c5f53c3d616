//! Floor 2: what workflow authors use, and the driver that runs their code.

mod handler;

pub use self::handler::{QueryHandler, SignalHandler, WorkflowHandlers};

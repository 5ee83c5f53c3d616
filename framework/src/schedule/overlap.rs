//! What is done about an action that is due while one before it still runs.

use serde::{Deserialize, Serialize};

/// What is done about an action that is due while one before it still runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OverlapPolicy {
    /// It is left out. The default.
    #[default]
    Skip,
    /// It is carried out when the one before has ended; while one waits so, further ones are left out.
    BufferOne,
    /// All of them are carried out, one after the other; 1,000 wait at most.
    BufferAll,
    /// The one before is asked to stop, and this one begins when it has ended.
    CancelOther,
    /// The one before is terminated, and this one begins then.
    TerminateOther,
    /// It begins beside the one before.
    AllowAll,
}

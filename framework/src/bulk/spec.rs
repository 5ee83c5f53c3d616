//! What a bulk job was asked to do.

use serde::{Deserialize, Serialize};

use crate::{
    bulk::{BulkOperation, InvalidBulk},
    model::{Identity, RESERVED_SIGNAL_PREFIX, ResetPoint, limits},
};

/// The runs that a job acts on in a second where nothing else is said.
pub(super) const RATE: u32 = 100;
/// The most runs that a job may act on in a second.
const RATE_MAX: u32 = 10_000;
/// Bound: bytes of a job's id, which becomes part of other ids.
const ID_BYTES_MAX: usize = 200;
/// Bound: bytes of a reason, which each run of a job repeats.
const REASON_BYTES_MAX: usize = 2_000;
/// Bound: bytes of the arguments of a signal, which each run of a job repeats.
const INPUT_BYTES_MAX: usize = 64 * 1024;

/// What a bulk job was asked to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct BulkSpec {
    pub(super) job_id: String,
    pub(super) filter: String,
    pub(super) operation: BulkOperation,
    /// Runs in a second at most.
    pub(super) rate: u32,
    pub(super) reason: String,
    /// Who asks.
    pub(super) identity: Identity,
}

impl BulkSpec {
    /// That it makes sense, the filter apart.
    pub(super) fn check(&self) -> Result<(), InvalidBulk> {
        let refuse = |field, problem: &str| Err(InvalidBulk::new(field, problem));
        if self.job_id.is_empty() || self.job_id.len() > ID_BYTES_MAX {
            return refuse("job_id", "is empty or longer than 200 bytes");
        }
        if !(1..=RATE_MAX).contains(&self.rate) {
            return refuse("rate", "is not from 1 to 10,000 runs a second");
        }
        if self.reason.len() > REASON_BYTES_MAX {
            return refuse("reason", "is longer than 2,000 bytes");
        }
        match &self.operation {
            BulkOperation::Signal {
                signal_name, input, ..
            } => {
                let name = signal_name.as_str();
                if name.is_empty() || name.len() > limits::ID_BYTES_MAX {
                    return refuse("signal_name", "is empty or longer than 1,000 bytes");
                }
                if name.starts_with(RESERVED_SIGNAL_PREFIX) {
                    return refuse("signal_name", "is one that is reserved");
                }
                if input.size() > INPUT_BYTES_MAX {
                    return refuse("input", "is larger than 64 KiB");
                }
                Ok(())
            }
            BulkOperation::Reset {
                point: ResetPoint::Event(_),
                ..
            } => refuse(
                "point",
                "names an event, which each history numbers its own way",
            ),
            _ => Ok(()),
        }
    }

    /// Whether another one asks for the same, whoever does.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let identity = self.identity.clone();
        *self
            == Self {
                identity,
                ..other.clone()
            }
    }
}

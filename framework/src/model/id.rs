//! The names of things: one newtype per kind of id, so that no two can be confused.

use std::sync::Arc;

use derive_more::{AsRef, Debug, Display, From, Into};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::model::Timestamp;

macro_rules! id_type {
    ($( $(#[$meta:meta])* $name:ident, )+) => { $(
        $(#[$meta])*
        ///
        /// A cheap clone. At most 1,000 bytes once it enters the engine.
        #[derive(
            Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Display, AsRef, Serialize, Deserialize,
        )]
        #[debug("{_0:?}")]
        #[serde(transparent)]
        #[as_ref(str)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id from its text.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self(Arc::from(""))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<&String> for $name {
            fn from(text: &String) -> Self {
                Self::new(text.as_str())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    )+ };
}

id_type! {
    /// Names the program of a workflow, as registered.
    WorkflowType,
    /// Names the program of an activity, as registered.
    ActivityType,
    /// Names one scheduled activity within its run; unique among the pending ones.
    ActivityId,
    /// Names one timer within its run; unique among the pending ones.
    TimerId,
    /// Names a kind of signal.
    SignalName,
    /// Names a kind of query.
    QueryName,
    /// Names a kind of update.
    UpdateName,
    /// Names one update within its run: the same id is applied once.
    UpdateId,
    /// Names the queue that workflow tasks or activity tasks are dispatched from.
    TaskQueue,
    /// Makes a request idempotent: the same id is applied once.
    RequestId,
    /// Says who did something: a process, a worker or a user.
    Identity,
    /// Names the build of a program: a release, a revision.
    BuildId,
}

/// Names one run of a workflow execution; a UUID of version 7, so runs sort by their start.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Display,
    Default,
    From,
    Into,
    Serialize,
    Deserialize,
)]
#[debug("{_0}")]
#[serde(transparent)]
pub struct RunId(Uuid);

impl RunId {
    /// The run id with these bits.
    pub const fn from_u128(bits: u128) -> Self {
        Self(Uuid::from_u128(bits))
    }

    /// The id of the run that follows this one, and begins at this time.
    ///
    /// It follows from the two, so nobody has to be asked for it; and no other run has it, because
    /// a run is followed by one at most.
    #[must_use]
    pub fn successor(self, now: Timestamp) -> Self {
        self.derived(0, now)
    }

    /// The id of the first run of the child that this run asks for by this event, at this time.
    ///
    /// It follows from the three, so a child that is asked for twice is the same run.
    #[must_use]
    pub fn child(self, initiated: EventId, at: Timestamp) -> Self {
        self.derived(scrambled(initiated.get()), at)
    }

    fn derived(self, salt: u64, at: Timestamp) -> Self {
        let (high, low) = self.0.as_u64_pair();
        let first = scrambled(high ^ low.rotate_left(32) ^ salt);
        let second = scrambled(low ^ first);
        let bits = (u128::from(first) << 64) | u128::from(second);
        let millis = at.as_nanos() / NANOS_PER_MILLI;
        let [_, _, _, _, _, _, tail @ ..] = bits.to_be_bytes();
        Self(Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
    }

    /// The time that the id begins with: that of the clock when the run began, to the millisecond.
    pub fn began_at(self) -> Timestamp {
        let (bits, _) = self.0.as_u64_pair();
        let millis = bits >> 16;
        Timestamp::from_nanos(millis.saturating_mul(NANOS_PER_MILLI))
    }

    /// The least id of a run that begins in a later millisecond than this one.
    ///
    /// Of two runs that begin in one millisecond the greater id need not be the later run.
    #[must_use]
    pub fn next_millisecond(self) -> Self {
        let millis = self.0.as_u128() >> MILLIS_SHIFT;
        let next = (millis + 1).checked_mul(1 << MILLIS_SHIFT);
        Self(Uuid::from_u128(next.unwrap_or(u128::MAX)))
    }

    /// The id as sixteen bytes, in sorting order.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The run id with these sixteen bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

const NANOS_PER_MILLI: u64 = 1_000_000;

/// Bits of a run id behind the milliseconds.
const MILLIS_SHIFT: u32 = 80;

/// Bits that look drawn by chance; no two numbers have the same (the finalizer of `SplitMix64`).
const fn scrambled(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// The position of an event in its history; contiguous from 1, and 0 where there is none.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Display,
    Default,
    From,
    Into,
    Serialize,
    Deserialize,
)]
#[debug("{_0}")]
#[serde(transparent)]
pub struct EventId(u64);

impl EventId {
    /// Stands for "no event".
    pub const NONE: Self = Self(0);
    /// The id of `WorkflowExecutionStarted`.
    pub const FIRST: Self = Self(1);

    /// The id with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The id as a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The id of the event after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

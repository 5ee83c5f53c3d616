//! What Temporal's protocol says of its own messages: the descriptors its crate exports.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, EnumDescriptor, MessageDescriptor};

/// The descriptors of everything that a history can hold.
pub(crate) struct Descriptors {
    /// `temporal.api.history.v1.History`.
    pub(crate) history: MessageDescriptor,
    /// `temporal.api.history.v1.HistoryEvent`.
    pub(crate) event: MessageDescriptor,
    /// `temporal.api.enums.v1.EventType`.
    pub(crate) event_type: EnumDescriptor,
}

/// The descriptors, read at first use.
pub(crate) static DESCRIPTORS: LazyLock<Descriptors> = LazyLock::new(read);

#[expect(clippy::expect_used, reason = "the bytes are part of the program")]
fn read() -> Descriptors {
    let bytes: &[u8] = include_bytes!(env!("TEMPORAL_DESCRIPTORS"));
    let pool = DescriptorPool::decode(bytes).expect("the exported descriptors are complete");
    Descriptors {
        history: pool
            .get_message_by_name("temporal.api.history.v1.History")
            .expect("Temporal's protocol has histories"),
        event: pool
            .get_message_by_name("temporal.api.history.v1.HistoryEvent")
            .expect("Temporal's protocol has history events"),
        event_type: pool
            .get_enum_by_name("temporal.api.enums.v1.EventType")
            .expect("Temporal's protocol has event types"),
    }
}

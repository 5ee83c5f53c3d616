//! Numbers, texts, flags and enums.

use sempre::model::{
    ApplicationErrorCategory, ContinueAsNewInitiator, ContinueAsNewVersioningBehavior,
    ParentClosePolicy, RetryState, TimeoutType, WorkflowIdReusePolicy,
    event::{
        child_workflow::StartFailedCause,
        external_workflow::{CancelFailedCause, SignalFailedCause},
        workflow_task::{FailedCause, SdkMetadata},
    },
};
use temporalio_protos::temporal::api::sdk::v1::WorkflowTaskCompletedMetadata;

use super::{Field, Malformed};

macro_rules! same {
    ($($plain:ty),+) => { $(
        impl Field<$plain> for $plain {
            fn to_field(&self) -> $plain {
                self.clone()
            }

            fn from_field(field: &$plain) -> Result<Self, Malformed> {
                Ok(field.clone())
            }
        }
    )+ };
}

same!(String, Vec<u32>);

impl Field<bool> for bool {
    fn to_field(&self) -> bool {
        *self
    }

    fn from_field(field: &bool) -> Result<Self, Malformed> {
        Ok(*field)
    }
}

macro_rules! number {
    ($($ours:ty => $theirs:ty),+) => { $(
        impl Field<$theirs> for $ours {
            fn to_field(&self) -> $theirs {
                <$theirs>::try_from(*self).unwrap_or(<$theirs>::MAX)
            }

            fn from_field(field: &$theirs) -> Result<Self, Malformed> {
                Self::try_from(*field).map_err(|_| Malformed("number is negative"))
            }
        }
    )+ };
}

number!(u32 => i32, u64 => i64);

macro_rules! enumeration {
    ($($name:ty),+) => { $(
        impl Field<i32> for $name {
            fn to_field(&self) -> i32 {
                self.number().into()
            }

            fn from_field(field: &i32) -> Result<Self, Malformed> {
                let known = u16::try_from(*field).ok().and_then(Self::from_number);
                Ok(known.unwrap_or_default())
            }
        }
    )+ };
}

enumeration!(
    ApplicationErrorCategory,
    TimeoutType,
    RetryState,
    FailedCause,
    ContinueAsNewInitiator,
    ContinueAsNewVersioningBehavior,
    SignalFailedCause,
    CancelFailedCause,
    StartFailedCause,
    ParentClosePolicy,
    WorkflowIdReusePolicy
);

impl Field<Option<WorkflowTaskCompletedMetadata>> for SdkMetadata {
    fn to_field(&self) -> Option<WorkflowTaskCompletedMetadata> {
        (*self != Self::default()).then(|| WorkflowTaskCompletedMetadata {
            core_used_flags: self.core_used_flags.clone(),
            lang_used_flags: self.lang_used_flags.clone(),
            sdk_name: self.sdk_name.clone(),
            sdk_version: self.sdk_version.clone(),
        })
    }

    fn from_field(field: &Option<WorkflowTaskCompletedMetadata>) -> Result<Self, Malformed> {
        Ok(field.as_ref().map_or_else(Self::default, |it| Self {
            core_used_flags: it.core_used_flags.clone(),
            lang_used_flags: it.lang_used_flags.clone(),
            sdk_name: it.sdk_name.clone(),
            sdk_version: it.sdk_version.clone(),
        }))
    }
}

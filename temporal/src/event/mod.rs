//! Events: which field of sempre's attributes is which field of Temporal's.
//!
//! One file per family, one line per event type. The message that is filled may hold more than
//! sempre knows; nothing else of it is touched.

mod activity_task;
mod child_workflow;
mod envelope;
mod external_workflow;
mod property;
mod timer;
mod update;
mod workflow_execution;
mod workflow_task;

pub(crate) use self::envelope::{CommandOrigin, from_message, to_message};

/// Attributes of sempre's that are a `P` among Temporal's messages.
pub(crate) trait Attributes<P>: Sized {
    /// The attributes in Temporal's message.
    fn to_attributes(&self) -> P;

    /// The attributes from Temporal's message, or the field that does not fit and why.
    fn from_attributes(attributes: &P) -> Result<Self, (&'static str, crate::field::Malformed)>;
}

/// Lists the fields that two kinds of attributes have in common, under the same names; those behind
/// the name of a group are in that field of ours.
macro_rules! attributes {
    (
        $ours:path => $theirs:ident { $($field:ident),+ $(,)? }
        $($group:ident { $($grouped:ident),+ $(,)? })?
    ) => {
        impl $crate::event::Attributes<proto::$theirs> for $ours {
            fn to_attributes(&self) -> proto::$theirs {
                let mut message = proto::$theirs::default();
                let it = &mut message;
                $( it.$field = $crate::field::Field::to_field(&self.$field); )+
                $($( it.$grouped = $crate::field::Field::to_field(&self.$group.$grouped); )+)?
                message
            }

            fn from_attributes(
                message: &proto::$theirs,
            ) -> Result<Self, (&'static str, $crate::field::Malformed)> {
                let mut attributes = Self::default();
                let it = &mut attributes;
                $( it.$field = $crate::field::Field::from_field(&message.$field)
                    .map_err(|what| (stringify!($field), what))?; )+
                $($( it.$group.$grouped = $crate::field::Field::from_field(&message.$grouped)
                    .map_err(|what| (stringify!($grouped), what))?; )+)?
                Ok(attributes)
            }
        }
    };
}

use attributes;

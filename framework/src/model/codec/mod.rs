//! How user values look where they are kept: codecs, and where in a value the user's data is.
//!
//! A value is encoded where it leaves user code and decoded where it comes back to it, so nothing
//! between the two, no machine, no store and no history, sees anything but encoded payloads. Where
//! that is: [`workflow`](crate::workflow), the attempts of activities, and the clients.

mod codec;
mod codecs;
mod error;
mod failure;
mod user_data;

pub use self::{
    codec::{Codec, PayloadContext, PayloadUse},
    codecs::Codecs,
    error::CodecError,
    user_data::{UserData, UserDataVisitor},
};

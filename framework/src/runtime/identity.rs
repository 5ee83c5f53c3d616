//! Who this process is, in histories.

use crate::model::Identity;

/// The process id and the name of the host, as Temporal's SDKs write it: `3176@orders-7c9f`.
///
/// In a container a process id alone says nothing: it is 1 in each of them.
pub(super) fn of_this_process() -> Identity {
    let host = gethostname::gethostname();
    Identity::new(format!("{}@{}", std::process::id(), host.to_string_lossy()))
}

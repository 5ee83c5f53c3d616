//! The typed handle of a workflow exists where there is a client, and nowhere else.
//!
//! The macros cannot know which features sempre was built with; sempre does.

/// Expands to its content, because there is a client.
#[cfg(feature = "runtime")]
#[doc(hidden)]
#[macro_export]
macro_rules! __typed_handle {
    ($($content:tt)*) => { $($content)* };
}

/// Expands to nothing, because there is no client.
#[cfg(not(feature = "runtime"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __typed_handle {
    ($($content:tt)*) => {};
}

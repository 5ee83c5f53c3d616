//! The activity: ordinary code, with whatever effects it likes.

use sempre::activity;

/// Makes a greeting.
#[activity(start_to_close = "10s")]
pub(crate) async fn greet(name: String) -> String {
    format!("Hello, {name}!")
}

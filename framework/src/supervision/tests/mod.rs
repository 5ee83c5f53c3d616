//! Unit tests of what is done about executions that break, and of what is listed of them.

mod policy;
mod troubles;

//! The attribute and derive macros of sempre.

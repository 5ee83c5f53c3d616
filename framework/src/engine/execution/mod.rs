//! The authority on one run: messages in, transitions out.

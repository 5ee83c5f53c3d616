//! Home of the runnable examples; see the README beside it.

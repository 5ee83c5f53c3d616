//! Tests of what operators set.

mod setting;

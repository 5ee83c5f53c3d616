//! A test as it is generated.

use syn::{ItemFn, Pat, Path, Type};

use crate::path::Root;

/// A use of `#[sempre::test]` that keeps the rules.
pub(super) struct TestModel {
    pub(super) root: Root,
    pub(super) item: ItemFn,
    /// The workflows that the environment knows from the beginning.
    pub(super) workflows: Vec<Path>,
    /// The parameter that takes the environment, if the test wants it.
    pub(super) environment: Option<Parameter>,
}

/// A parameter.
pub(super) struct Parameter {
    pub(super) pattern: Pat,
    pub(super) ty: Type,
}

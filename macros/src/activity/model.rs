//! Activities after every rule has been checked.

use proc_macro2::Ident;
use syn::{ImplItemFn, ItemFn, ItemImpl, Visibility};

use crate::{
    activity::options::ActivityOptions, item::ItemAttributes, path::Root, signature::Call,
};

/// What the macros know about one activity.
pub(super) struct ActivityModel {
    pub(super) ident: Ident,
    /// The activity type.
    pub(super) name: String,
    pub(super) options: ActivityOptions,
    pub(super) call: Call,
    pub(super) attributes: ItemAttributes,
    pub(super) visibility: Visibility,
    /// Whether its shape is wrong, so that its code cannot be called.
    pub(super) is_broken: bool,
}

/// A function that is an activity.
pub(super) struct FunctionModel {
    pub(super) root: Root,
    pub(super) item: ItemFn,
    pub(super) activity: ActivityModel,
}

/// A type whose methods are activities.
pub(super) struct SetModel {
    pub(super) root: Root,
    /// The impl block, without the methods that are activities.
    pub(super) block: ItemImpl,
    /// The name of the type.
    pub(super) ident: Ident,
    pub(super) methods: Vec<MethodModel>,
}

/// A method that is an activity.
pub(super) struct MethodModel {
    /// The method, without the attribute.
    pub(super) method: ImplItemFn,
    pub(super) activity: ActivityModel,
}

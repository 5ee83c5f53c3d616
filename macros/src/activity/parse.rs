//! Syntax to raw activities: which functions are meant, with which options.

use proc_macro2::TokenStream;
use syn::{Attribute, ImplItem, ImplItemFn, ItemFn, ItemImpl, Meta, parse::Parser};

use crate::{
    activity::options::ActivityOptions, diagnostics::Diagnostics, option, path::Root, symbol,
};

/// A use of `#[activity]` on a function.
pub(super) struct RawFunction {
    pub(super) options: ActivityOptions,
    pub(super) item: ItemFn,
}

/// A use of `#[activities]`.
pub(super) struct RawSet {
    pub(super) root: Root,
    /// The impl block, without the attributes of its activities.
    pub(super) block: ItemImpl,
    /// What is in the block besides its activities.
    pub(super) others: Vec<ImplItem>,
    pub(super) activities: Vec<RawActivity>,
}

/// A method with `#[activity]`.
pub(super) struct RawActivity {
    pub(super) options: ActivityOptions,
    /// The method, without the attribute.
    pub(super) method: ImplItemFn,
}

/// Parses a use of `#[activity]`; `None` if it does not stand on a function.
pub(super) fn parse_function(
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Option<RawFunction> {
    let mistakes = diagnostics.len();
    let mut options = ActivityOptions::default();
    let parsed = syn::meta::parser(|meta| options.take(&meta, diagnostics)).parse2(args);
    diagnostics.ok(parsed);
    options.is_readable = diagnostics.len() == mistakes;

    let parsed = syn::parse2::<ItemFn>(item).map_err(|error| {
        let message = "`#[activity]` stands on a function; on an impl block it is `#[activities]`";
        syn::Error::new(error.span(), message)
    });
    let item = diagnostics.ok(parsed)?;
    Some(RawFunction { options, item })
}

/// Parses a use of `#[activities]`; `None` if it does not stand on an impl block.
pub(super) fn parse_set(
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Option<RawSet> {
    let mut root = None;
    let parsed = syn::meta::parser(|meta| {
        if option::is(&meta, symbol::option::CRATE) {
            option::root(&mut root, &meta, diagnostics)
        } else {
            Err(option::unknown(
                &meta,
                "#[activities]",
                &[symbol::option::CRATE],
            ))
        }
    })
    .parse2(args);
    diagnostics.ok(parsed);

    let parsed = syn::parse2::<ItemImpl>(item).map_err(|error| {
        let message = "`#[activities]` stands on an impl block; on a function it is `#[activity]`";
        syn::Error::new(error.span(), message)
    });
    let mut block = diagnostics.ok(parsed)?;
    let mut activities = Vec::new();
    let mut others = Vec::new();
    for item in &mut block.items {
        let activity = match item {
            ImplItem::Fn(method) => take_activity(method, diagnostics),
            _ => None,
        };
        match activity {
            Some(activity) => activities.push(activity),
            None => others.push(item.clone()),
        }
    }
    Some(RawSet {
        root: root.unwrap_or_default(),
        block,
        others,
        activities,
    })
}

/// Takes `#[activity]` off a method.
fn take_activity(method: &mut ImplItemFn, diagnostics: &mut Diagnostics) -> Option<RawActivity> {
    let (marks, attributes): (Vec<Attribute>, Vec<Attribute>) =
        method.attrs.drain(..).partition(is_activity);
    method.attrs = attributes;
    let mark = marks.first()?;
    let mistakes = diagnostics.len();
    let mut options = ActivityOptions::default();
    let parsed = match &mark.meta {
        Meta::Path(_) => Ok(()),
        _ => mark.parse_nested_meta(|meta| {
            if option::is(&meta, symbol::option::CRATE) {
                return Err(meta.error("`crate` stands in `#[activities(crate = …)]`"));
            }
            options.take(&meta, diagnostics)
        }),
    };
    diagnostics.ok(parsed);
    options.is_readable = diagnostics.len() == mistakes;
    if let Some(second) = marks.get(1) {
        diagnostics.error(second, "a method is one activity");
    }
    Some(RawActivity {
        options,
        method: method.clone(),
    })
}

/// Whether an attribute is `#[activity]`, or `#[sempre::activity]`.
fn is_activity(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == symbol::ACTIVITY)
}

//! The rules of `#[activity]` and `#[activities]`, one function each.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::{Attribute, LitStr, ReceiverKind, Signature, Type, Visibility};

use crate::{
    activity::{
        model::{ActivityModel, FunctionModel, MethodModel, SetModel},
        options::ActivityOptions,
        parse::{RawActivity, RawFunction, RawSet},
    },
    block,
    diagnostics::Diagnostics,
    item::ItemAttributes,
    naming, option,
    signature::{self, First, Subject},
    symbol::known,
};

/// Checks a function; `None` if it is a method, beside which nothing can be generated.
pub(super) fn check_function(
    raw: RawFunction,
    diagnostics: &mut Diagnostics,
) -> Option<FunctionModel> {
    let RawFunction { mut options, item } = raw;
    function_has_no_receiver(&item.sig, diagnostics)?;
    let root = options.root.take().unwrap_or_default();
    let parts = Parts {
        signature: &item.sig,
        attributes: &item.attrs,
        visibility: &item.vis,
        self_type: None,
    };
    let activity = check_activity(&parts, options, diagnostics);
    Some(FunctionModel {
        root,
        item,
        activity,
    })
}

/// Checks an impl block; `None` if it is of no use to the expansion.
pub(super) fn check_set(raw: RawSet, diagnostics: &mut Diagnostics) -> Option<SetModel> {
    let RawSet {
        root,
        mut block,
        others,
        activities,
    } = raw;
    let ident = block::check(&block, "activities", diagnostics)?;
    has_activities(&activities, &block.self_ty, diagnostics);
    let self_type = (*block.self_ty).clone();
    let mut methods = Vec::new();
    for RawActivity { options, method } in activities {
        let mistakes = diagnostics.len();
        method_borrows_its_set(&method.sig, diagnostics);
        let borrows = diagnostics.len() == mistakes;
        let parts = Parts {
            signature: &method.sig,
            attributes: &method.attrs,
            visibility: &method.vis,
            self_type: Some(&self_type),
        };
        let mut activity = check_activity(&parts, options, diagnostics);
        activity.is_broken |= !borrows;
        methods.push(MethodModel { method, activity });
    }
    types_are_unique(&methods, diagnostics);
    block.items = others;
    Some(SetModel {
        root,
        block,
        ident,
        methods,
    })
}

/// The parts that a function and a method have in common.
struct Parts<'p> {
    signature: &'p Signature,
    attributes: &'p [Attribute],
    visibility: &'p Visibility,
    self_type: Option<&'p Type>,
}

fn check_activity(
    parts: &Parts<'_>,
    options: ActivityOptions,
    diagnostics: &mut Diagnostics,
) -> ActivityModel {
    let subject = Subject {
        what: "an activity",
        context: known::ACTIVITY_CONTEXT,
        first: First::Either,
        self_type: parts.self_type,
        fails: true,
    };
    let mistakes = diagnostics.len();
    let mut call = signature::check(parts.signature, subject, diagnostics);
    signature::owned_input(&mut call, subject, diagnostics);
    let is_broken = diagnostics.len() > mistakes;
    let ident = &parts.signature.ident;
    if options.is_readable {
        options.has_timeout(ident, diagnostics);
    }
    if options.name.is_none() {
        option::check_wire_name(&naming::wire_name(ident), ident, diagnostics);
    }
    ActivityModel {
        ident: ident.clone(),
        name: options
            .name
            .as_ref()
            .map_or_else(|| naming::wire_name(ident), LitStr::value),
        options,
        call,
        attributes: ItemAttributes::sort(parts.attributes),
        visibility: parts.visibility.clone(),
        is_broken,
    }
}

/// A method is an activity of its set, and the set is what is registered.
fn function_has_no_receiver(signature: &Signature, diagnostics: &mut Diagnostics) -> Option<()> {
    let Some(receiver) = signature.receiver() else {
        return Some(());
    };
    diagnostics.error(
        receiver,
        "a method is an activity only if its impl block is marked `#[activities]`",
    );
    None
}

/// A set without activities is a mistake, most likely a forgotten attribute.
fn has_activities(activities: &[RawActivity], self_type: &Type, diagnostics: &mut Diagnostics) {
    if activities.is_empty() {
        diagnostics.error(self_type, "no method here is marked `#[activity]`");
    }
}

/// Attempts of all its activities share one value, on any thread.
fn method_borrows_its_set(signature: &Signature, diagnostics: &mut Diagnostics) {
    let message = "an activity of a set takes `&self`";
    match signature.receiver() {
        None => diagnostics.error(&signature.ident, message),
        Some(receiver) => {
            if !matches!(&receiver.kind, ReceiverKind::Reference(_, _, None)) {
                diagnostics.error(receiver, message);
            }
        }
    }
}

/// An activity type stands for one function.
fn types_are_unique(methods: &[MethodModel], diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &Ident> = BTreeMap::new();
    for MethodModel { activity, .. } in methods {
        if let Some(first) = seen.insert(&activity.name, &activity.ident) {
            let name = &activity.name;
            diagnostics.error(
                &activity.ident,
                format_args!("the type \"{name}\" belongs to `{first}` already"),
            );
        }
    }
}

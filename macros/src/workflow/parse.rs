//! Syntax to raw handlers: which methods carry which attribute, with which options.

use proc_macro2::TokenStream;
use syn::{
    Attribute, Ident, ImplItem, ImplItemFn, ItemImpl, LitStr, Meta, meta::ParseNestedMeta,
    parse::Parser,
};

use crate::{
    diagnostics::Diagnostics,
    item::allow_demanded_shape,
    option,
    path::Root,
    symbol::{self, role},
};

/// What a method is to its workflow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Run,
    Init,
    Signal,
    Query,
    Update,
    Validate,
}

impl Role {
    const ALL: [Self; 6] = [
        Self::Run,
        Self::Init,
        Self::Signal,
        Self::Query,
        Self::Update,
        Self::Validate,
    ];

    /// The attribute that gives the role.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Self::Run => role::RUN,
            Self::Init => role::INIT,
            Self::Signal => role::SIGNAL,
            Self::Query => role::QUERY,
            Self::Update => role::UPDATE,
            Self::Validate => role::VALIDATE,
        }
    }

    /// The role that an attribute gives.
    fn of(attribute: &Attribute) -> Option<Self> {
        let path = attribute.path();
        Self::ALL
            .into_iter()
            .find(|role| path.is_ident(role.attribute()))
    }

    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Run | Self::Init | Self::Validate => &[],
            Self::Signal | Self::Query | Self::Update => &[symbol::option::NAME],
        }
    }
}

/// A method with a role.
pub(super) struct RawHandler {
    pub(super) role: Role,
    /// Its name on the wire, if it is given.
    pub(super) name: Option<LitStr>,
    /// The update that it validates, if it says so.
    pub(super) validates: Option<Ident>,
    /// The method, without the attribute.
    pub(super) method: ImplItemFn,
}

/// A use of `#[handlers]`.
pub(super) struct RawHandlers {
    pub(super) root: Root,
    /// The impl block, without the attributes of its handlers.
    pub(super) block: ItemImpl,
    pub(super) handlers: Vec<RawHandler>,
}

/// Parses a use of `#[handlers]`; `None` if it does not stand on an impl block.
pub(super) fn parse(
    args: TokenStream,
    item: TokenStream,
    diagnostics: &mut Diagnostics,
) -> Option<RawHandlers> {
    let mut root = None;
    let parsed = syn::meta::parser(|meta| {
        if option::is(&meta, symbol::option::CRATE) {
            option::root(&mut root, &meta, diagnostics)
        } else {
            Err(option::unknown(
                &meta,
                "#[handlers]",
                &[symbol::option::CRATE],
            ))
        }
    })
    .parse2(args);
    diagnostics.ok(parsed);

    let parsed = syn::parse2::<ItemImpl>(item).map_err(|error| {
        let message = "`#[handlers]` stands on the impl block of a workflow";
        syn::Error::new(error.span(), message)
    });
    let mut block = diagnostics.ok(parsed)?;
    let mut handlers = Vec::new();
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item {
            handlers.extend(take_handler(method, diagnostics));
        }
    }
    Some(RawHandlers {
        root: root.unwrap_or_default(),
        block,
        handlers,
    })
}

/// Takes the role off a method.
fn take_handler(method: &mut ImplItemFn, diagnostics: &mut Diagnostics) -> Option<RawHandler> {
    let (roles, attributes): (Vec<_>, Vec<_>) = method
        .attrs
        .drain(..)
        .partition(|attribute| Role::of(attribute).is_some());
    method.attrs = attributes;
    let mut roles = roles.iter();
    let attribute = roles.next()?;
    if let Some(second) = roles.next() {
        diagnostics.error(second, "a method has one role");
    }
    let role = Role::of(attribute)?;
    let handler = RawHandler {
        role,
        name: match role {
            Role::Validate => None,
            _ => parse_name(role, attribute, diagnostics),
        },
        validates: match role {
            Role::Validate => parse_validated(attribute, diagnostics),
            _ => None,
        },
        method: method.clone(),
    };
    method.attrs.push(allow_demanded_shape());
    Some(handler)
}

/// A validator says which update it is for.
fn parse_validated(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<Ident> {
    let parsed = attribute.parse_args::<Ident>();
    if parsed.is_err() {
        diagnostics.error(
            attribute,
            "a validator names the handler of its update: `#[validate(change_address)]`",
        );
    }
    parsed.ok()
}

fn parse_name(role: Role, attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    let mut name = None;
    let mut parse = |meta: ParseNestedMeta<'_>| {
        let known = role.options();
        if known.contains(&symbol::option::NAME) && option::is(&meta, symbol::option::NAME) {
            option::wire_name(&mut name, &meta, diagnostics)
        } else {
            Err(option::unknown(
                &meta,
                &format!("#[{}]", role.attribute()),
                known,
            ))
        }
    };
    let parsed = match &attribute.meta {
        Meta::Path(_) => Ok(()),
        _ => attribute.parse_nested_meta(&mut parse),
    };
    diagnostics.ok(parsed);
    name
}

//! The values of options: how each kind is read, and what is said when it cannot be.
//!
//! A value that is read but wrong is reported and passed over, so that the options after it are
//! still looked at.

use std::{fmt::Display, str::FromStr, time::Duration};

use quote::ToTokens;
use syn::{Lit, LitStr, meta::ParseNestedMeta, spanned::Spanned};

use crate::{diagnostics::Diagnostics, naming, path::Root};

/// An option's value and where it stands.
pub(crate) struct Given<T> {
    /// What it says.
    pub(crate) value: T,
    /// The literal that says it.
    pub(crate) literal: Lit,
}

/// Sets an option that has not been set before.
pub(crate) fn set<T>(
    slot: &mut Option<T>,
    value: T,
    meta: &ParseNestedMeta<'_>,
    diagnostics: &mut Diagnostics,
) {
    if slot.is_some() {
        let name = name_of(meta);
        diagnostics.error(&meta.path, format_args!("`{name}` is given twice"));
    }
    *slot = Some(value);
}

/// Reads `crate = path`.
pub(crate) fn root(
    slot: &mut Option<Root>,
    meta: &ParseNestedMeta<'_>,
    diagnostics: &mut Diagnostics,
) -> syn::Result<()> {
    let path = meta.value()?.call(syn::Path::parse_mod_style)?;
    set(slot, Root::at(path), meta, diagnostics);
    Ok(())
}

/// Reads `name = "text"`, where the text is one that the engine takes.
pub(crate) fn wire_name(
    slot: &mut Option<LitStr>,
    meta: &ParseNestedMeta<'_>,
    diagnostics: &mut Diagnostics,
) -> syn::Result<()> {
    let name = string(meta, "…")?;
    check_wire_name(&name.value(), &name, diagnostics);
    set(slot, name, meta, diagnostics);
    Ok(())
}

/// Reads `reason = "text"`, where the text says something.
pub(crate) fn reason(
    slot: &mut Option<LitStr>,
    meta: &ParseNestedMeta<'_>,
    diagnostics: &mut Diagnostics,
) -> syn::Result<()> {
    let reason = string(meta, "…")?;
    if reason.value().trim().is_empty() {
        diagnostics.error(&reason, "a reason is not empty");
    }
    set(slot, reason, meta, diagnostics);
    Ok(())
}

/// A name on the wire is not empty, not reserved and not too long.
pub(crate) fn check_wire_name(name: &str, at: impl ToTokens, diagnostics: &mut Diagnostics) {
    if name.is_empty() {
        diagnostics.error(at, "a name is not empty");
    } else if let Some(prefix) = naming::reserved_prefix(name) {
        diagnostics.error(
            at,
            format_args!("names that begin with `{prefix}` are reserved"),
        );
    } else if name.len() > naming::NAME_BYTES_MAX {
        let max = naming::NAME_BYTES_MAX;
        diagnostics.error(at, format_args!("a name has at most {max} bytes"));
    }
}

/// Reads `option = "30s"`, a time that is longer than nothing.
pub(crate) fn duration(
    slot: &mut Option<Given<Duration>>,
    meta: &ParseNestedMeta<'_>,
    diagnostics: &mut Diagnostics,
) -> syn::Result<()> {
    let literal = string(meta, "30s")?;
    match humantime::parse_duration(&literal.value()) {
        Ok(Duration::ZERO) => diagnostics.error(
            &literal,
            format_args!("`{}` is longer than zero", name_of(meta)),
        ),
        Ok(value) => {
            let literal = Lit::Str(literal);
            set(slot, Given { value, literal }, meta, diagnostics);
        }
        Err(error) => diagnostics.error(
            &literal,
            format_args!("not a duration: {error} (write it like \"30s\", \"5m\" or \"1h 30m\")"),
        ),
    }
    Ok(())
}

/// Reads `option = 5` or `option = 2.0`.
pub(crate) fn number<N>(
    slot: &mut Option<Given<N>>,
    expected: &str,
    meta: &ParseNestedMeta<'_>,
    diagnostics: &mut Diagnostics,
) -> syn::Result<()>
where
    N: FromStr<Err: Display>,
{
    let literal: Lit = meta.value()?.parse()?;
    let digits = match &literal {
        Lit::Int(int) if int.suffix().is_empty() => int.base10_digits(),
        Lit::Float(float) if float.suffix().is_empty() => float.base10_digits(),
        _ => "",
    };
    match digits.parse() {
        Ok(value) => set(slot, Given { value, literal }, meta, diagnostics),
        Err(_) => diagnostics.error(&literal, format_args!("`{}` is {expected}", name_of(meta))),
    }
    Ok(())
}

/// Sets an option that stands for itself, without a value.
pub(crate) fn flag(
    slot: &mut Option<()>,
    meta: &ParseNestedMeta<'_>,
    diagnostics: &mut Diagnostics,
) -> syn::Result<()> {
    if !meta.input.is_empty() && !meta.input.peek(syn::Token![,]) {
        return Err(meta.error(format_args!("`{}` takes no value", name_of(meta))));
    }
    set(slot, (), meta, diagnostics);
    Ok(())
}

/// The mistake of an option that the attribute, or the group of options, does not have.
pub(crate) fn unknown(meta: &ParseNestedMeta<'_>, owner: &str, known: &[&str]) -> syn::Error {
    let name = name_of(meta);
    let message = match known {
        [] => format!("`{owner}` takes no options"),
        [only] => format!("`{owner}` has no option `{name}`, only `{only}`"),
        known => {
            let known = known.join("`, `");
            format!("`{owner}` has no option `{name}`, its options are `{known}`")
        }
    };
    syn::Error::new(meta.path.span(), message)
}

/// Whether this option has that name.
pub(crate) fn is(meta: &ParseNestedMeta<'_>, name: &str) -> bool {
    meta.path.is_ident(name)
}

fn string(meta: &ParseNestedMeta<'_>, example: &str) -> syn::Result<LitStr> {
    let value = meta.value()?;
    let name = name_of(meta);
    value.parse().map_err(|error: syn::Error| {
        let message = format!("`{name}` takes a string: `{name} = \"{example}\"`");
        syn::Error::new(error.span(), message)
    })
}

fn name_of(meta: &ParseNestedMeta<'_>) -> String {
    meta.path
        .get_ident()
        .map_or_else(|| "this option".to_owned(), ToString::to_string)
}

//! Forms that ask for actions. Without JavaScript they work as they are.

use maud::{Markup, html};

use crate::{csrf::fresh_id, visit::Visit};

/// A form that asks for an action, for those who may change something: with these hidden fields, and
/// what else it has to ask.
pub(super) fn action(
    visit: &Visit,
    name: &str,
    fields: &[(&str, &str)],
    inputs: &Markup,
    button: &Markup,
) -> Markup {
    html! {
        form.action method="post" action="act" {
            input type="hidden" name="action" value=(name);
            input type="hidden" name="csrf" value=(visit.token().unwrap_or_default());
            // A live view is sent again when it has changed, so nothing in it may be new at each look.
            @if !visit.is_live { input type="hidden" name="request_id" value=(fresh_id()); }
            @for (name, value) in fields {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            (inputs)
            (button)
        }
    }
}

/// A form behind a word, which opens it.
pub(super) fn folded(id: &str, word: &str, says: &str, form: &Markup) -> Markup {
    html! {
        details.fold id=(id) {
            summary { (word) }
            @if !says.is_empty() { p.muted { (says) } }
            (form)
        }
    }
}

/// A line of text.
pub(super) fn line(label: &str, name: &str, hint: &str, required: bool) -> Markup {
    html! {
        label { (label) input type="text" name=(name) placeholder=(hint) required[required]
            autocomplete="off" spellcheck="false"; }
    }
}

/// A name, with those that are known.
pub(super) fn name(label: &str, list: &str, known: &[&str]) -> Markup {
    html! {
        label { (label) input type="text" name="name" required list=(list) autocomplete="off"
            spellcheck="false" value=[only(known)]; }
        datalist id=(list) { @for name in known { option value=(name) {} } }
    }
}

fn only<'n>(known: &[&'n str]) -> Option<&'n str> {
    match known {
        [only] => Some(only),
        _ => None,
    }
}

/// A value as JSON.
pub(super) fn input() -> Markup {
    html! {
        label { "Input, as JSON"
            textarea name="input" rows="3" spellcheck="false" placeholder="empty for none" {} }
    }
}

/// A tick that has to be set.
pub(super) fn confirm(text: &str) -> Markup {
    html! { label.check { input type="checkbox" required; span { (text) } } }
}

/// What sends a form.
pub(super) fn button(word: &str) -> Markup {
    html! { button type="submit" { (word) } }
}

/// What sends a form that ends something.
pub(super) fn danger(word: &str) -> Markup {
    html! { button.danger type="submit" { (word) } }
}

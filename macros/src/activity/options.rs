//! The options of `#[activity(…)]`, read and checked as one: each stands for itself.

use std::time::Duration;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Lit, LitStr, meta::ParseNestedMeta};

use crate::{
    diagnostics::Diagnostics,
    option::{self, Given},
    path::Root,
    symbol::option as word,
};

/// What stands in `#[activity(…)]`.
pub(super) struct ActivityOptions {
    /// Whether all of it could be read; what could not be may have been a timeout.
    pub(super) is_readable: bool,
    pub(super) root: Option<Root>,
    pub(super) name: Option<LitStr>,
    pub(super) task_queue: Option<LitStr>,
    pub(super) start_to_close: Option<Given<Duration>>,
    pub(super) schedule_to_close: Option<Given<Duration>>,
    pub(super) schedule_to_start: Option<Given<Duration>>,
    pub(super) heartbeat: Option<Given<Duration>>,
    /// Whether each call says how long the activity may take.
    pub(super) timeout_at_call: Option<()>,
    pub(super) retry: Option<RetryOptions>,
}

/// What stands in `retry(…)`.
#[derive(Default)]
pub(super) struct RetryOptions {
    pub(super) initial_interval: Option<Given<Duration>>,
    pub(super) backoff: Option<Given<f64>>,
    pub(super) max_interval: Option<Given<Duration>>,
    pub(super) max_attempts: Option<Given<u32>>,
    pub(super) non_retryable: Vec<LitStr>,
}

const OPTIONS: &[&str] = &[
    word::NAME,
    word::START_TO_CLOSE,
    word::SCHEDULE_TO_CLOSE,
    word::SCHEDULE_TO_START,
    word::HEARTBEAT,
    word::TIMEOUT,
    word::TASK_QUEUE,
    word::RETRY,
    word::CRATE,
];

const RETRY_OPTIONS: &[&str] = &[
    word::INITIAL_INTERVAL,
    word::BACKOFF,
    word::MAX_INTERVAL,
    word::MAX_ATTEMPTS,
    word::NON_RETRYABLE,
];

impl Default for ActivityOptions {
    fn default() -> Self {
        Self {
            is_readable: true,
            root: None,
            name: None,
            task_queue: None,
            start_to_close: None,
            schedule_to_close: None,
            schedule_to_start: None,
            heartbeat: None,
            timeout_at_call: None,
            retry: None,
        }
    }
}

impl ActivityOptions {
    /// Takes one option.
    pub(super) fn take(
        &mut self,
        meta: &ParseNestedMeta<'_>,
        diagnostics: &mut Diagnostics,
    ) -> syn::Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string);
        match name.as_deref() {
            Some(word::CRATE) => option::root(&mut self.root, meta, diagnostics),
            Some(word::NAME) => option::wire_name(&mut self.name, meta, diagnostics),
            Some(word::TASK_QUEUE) => option::wire_name(&mut self.task_queue, meta, diagnostics),
            Some(word::START_TO_CLOSE) => {
                option::duration(&mut self.start_to_close, meta, diagnostics)
            }
            Some(word::SCHEDULE_TO_CLOSE) => {
                option::duration(&mut self.schedule_to_close, meta, diagnostics)
            }
            Some(word::SCHEDULE_TO_START) => {
                option::duration(&mut self.schedule_to_start, meta, diagnostics)
            }
            Some(word::HEARTBEAT) => option::duration(&mut self.heartbeat, meta, diagnostics),
            Some(word::TIMEOUT) => self.take_timeout(meta, diagnostics),
            Some(word::RETRY) => {
                let mut retry = RetryOptions::default();
                meta.parse_nested_meta(|meta| retry.take(&meta, diagnostics))?;
                retry.max_interval_is_the_longest(diagnostics);
                option::set(&mut self.retry, retry, meta, diagnostics);
                Ok(())
            }
            _ => Err(option::unknown(meta, "#[activity]", OPTIONS)),
        }
    }
}

impl ActivityOptions {
    /// Reads `timeout = "at_call"`, which is all that can be said there.
    fn take_timeout(
        &mut self,
        meta: &ParseNestedMeta<'_>,
        diagnostics: &mut Diagnostics,
    ) -> syn::Result<()> {
        let literal: Lit = meta.value()?.parse()?;
        let says_at_call = matches!(&literal, Lit::Str(text) if text.value() == word::AT_CALL);
        if !says_at_call {
            diagnostics.error(
                &literal,
                "`timeout` is \"at_call\"; a time is given as `start_to_close = \"30s\"`",
            );
        }
        option::set(&mut self.timeout_at_call, (), meta, diagnostics);
        Ok(())
    }

    /// An attempt without an end would be waited for as long as the process lives.
    pub(super) fn has_timeout(&self, ident: &Ident, diagnostics: &mut Diagnostics) {
        let limits = self
            .start_to_close
            .as_ref()
            .or(self.schedule_to_close.as_ref());
        match (limits, &self.timeout_at_call) {
            (None, None) => diagnostics.error(
                ident,
                "an activity says how long it may take: `#[activity(start_to_close = \"30s\")]`, or \
                 `schedule_to_close` with all retries; `timeout = \"at_call\"` leaves it to each call",
            ),
            (Some(limit), Some(())) => diagnostics.error(
                &limit.literal,
                "with `timeout = \"at_call\"` each call says how long the activity may take",
            ),
            _ => {}
        }
    }
}

impl RetryOptions {
    fn take(
        &mut self,
        meta: &ParseNestedMeta<'_>,
        diagnostics: &mut Diagnostics,
    ) -> syn::Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string);
        match name.as_deref() {
            Some(word::INITIAL_INTERVAL) => {
                option::duration(&mut self.initial_interval, meta, diagnostics)
            }
            Some(word::MAX_INTERVAL) => option::duration(&mut self.max_interval, meta, diagnostics),
            Some(word::BACKOFF) => {
                option::number(&mut self.backoff, "a number, like 2.0", meta, diagnostics)?;
                self.backoff_does_not_shrink(diagnostics);
                Ok(())
            }
            Some(word::MAX_ATTEMPTS) => option::number(
                &mut self.max_attempts,
                "a whole number, and 0 is no limit",
                meta,
                diagnostics,
            ),
            Some(word::NON_RETRYABLE) => self.take_non_retryable(meta),
            _ => Err(option::unknown(meta, "retry(…)", RETRY_OPTIONS)),
        }
    }

    fn take_non_retryable(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let types;
        syn::parenthesized!(types in meta.input);
        let types = types.parse_terminated(<LitStr as syn::parse::Parse>::parse, syn::Token![,])?;
        self.non_retryable.extend(types);
        Ok(())
    }

    /// The engine refuses a coefficient below one.
    fn backoff_does_not_shrink(&self, diagnostics: &mut Diagnostics) {
        if let Some(backoff) = &self.backoff
            && !(1.0..f64::INFINITY).contains(&backoff.value)
        {
            diagnostics.error(&backoff.literal, "`backoff` is at least 1.0, and finite");
        }
    }

    /// A longest interval below the first one would never let the backoff work.
    fn max_interval_is_the_longest(&self, diagnostics: &mut Diagnostics) {
        if let Some(max) = &self.max_interval
            && let Some(initial) = &self.initial_interval
            && max.value < initial.value
        {
            let initial = initial.literal.to_token_stream();
            diagnostics.error(
                &max.literal,
                format_args!("`max_interval` is not shorter than `initial_interval`, {initial}"),
            );
        }
    }
}

//! How far the program is, on standard error and only for the eye.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over all measurements; hidden unless standard error is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new(measurements: u64) -> Self {
        let bar = ProgressBar::new(measurements);
        let style = ProgressStyle::with_template("{bar:25.green} {pos}/{len} {prefix} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸─"));
        Self { bar }
    }

    /// Shows what is measured now.
    pub(crate) fn begin(&self, what: String) {
        self.bar.set_message("");
        self.bar.set_prefix(what);
    }

    /// Shows how far that is.
    pub(crate) fn note(&self, how_far: String) {
        self.bar.set_message(how_far);
    }

    pub(crate) fn end(&self) {
        self.bar.inc(1);
    }

    /// Takes the bar away while something is printed.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

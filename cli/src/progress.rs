//! How far long work is, where somebody sees it.

use std::{
    sync::mpsc::{RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sempre::storage::{StorageError, WorkMeter};

use crate::{CommandError, Exit, Terminal, cold};

/// How often somebody who looks is shown something new.
const TICK: Duration = Duration::from_millis(100);

/// What a bar counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Counts {
    Things,
    Bytes,
}

impl Counts {
    fn template(self) -> &'static str {
        match self {
            Self::Things => "{bar:40} {human_pos}/{human_len} {msg}, {eta} left",
            Self::Bytes => "{bar:40} {binary_bytes}/{binary_total_bytes} {msg}, {eta} left",
        }
    }
}

/// A bar for work of this length.
pub(crate) fn bar(
    terminal: &Terminal<'_>,
    length: u64,
    counts: Counts,
    message: &'static str,
) -> ProgressBar {
    let style = ProgressStyle::with_template(counts.template());
    let bar = ProgressBar::with_draw_target(Some(length), target(terminal)).with_message(message);
    // The template is one of ours.
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A sign of life of work whose length nobody knows.
pub(crate) fn spinner(terminal: &Terminal<'_>, message: &'static str) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, target(terminal)).with_message(message);
    spinner.enable_steady_tick(TICK);
    spinner
}

/// Does long work on a store, and shows how far it is.
pub(crate) fn watched<T: Send>(
    terminal: &Terminal<'_>,
    counts: Counts,
    message: &'static str,
    work: impl FnOnce(&WorkMeter) -> Result<T, StorageError> + Send,
) -> Result<T, CommandError> {
    let meter = WorkMeter::new();
    let done = if terminal.shows_progress {
        let bar = bar(terminal, 0, counts, message);
        let done = thread::scope(|scope| {
            let (ends, ended) = sync_channel::<()>(0);
            let meter = &meter;
            let worker = scope.spawn(move || {
                // Whoever shows how far it is sees that this is dropped, whatever becomes of the work.
                let _ends = ends;
                work(meter)
            });
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.set_length(meter.total().unwrap_or(0).max(meter.done()));
                bar.set_position(meter.done());
            }
            worker.join()
        });
        bar.finish_and_clear();
        done.map_err(|_| CommandError::new(Exit::Failed, "the work has panicked"))?
    } else {
        work(&meter)
    };
    done.map_err(cold::of_store)
}

fn target(terminal: &Terminal<'_>) -> ProgressDrawTarget {
    if terminal.shows_progress {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}

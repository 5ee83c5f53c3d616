//! What is shown meanwhile: bars on a terminal, a line per life otherwise.

use std::{
    cell::Cell,
    collections::BTreeSet,
    io::{IsTerminal as _, stdout},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    child::order_id,
    ledger::{Line, Mark},
    workflow::STEPS,
};

/// How far the orders are, for the eye.
pub(crate) struct Progress {
    bars: Option<Bars>,
    orders: usize,
    steps: Cell<usize>,
}

struct Bars {
    orders: Vec<ProgressBar>,
    lives: ProgressBar,
}

impl Progress {
    pub(crate) fn new(orders: usize) -> Self {
        Self {
            bars: stdout().is_terminal().then(|| Bars::new(orders)),
            orders,
            steps: Cell::new(0),
        }
    }

    /// Shows what the side file says.
    pub(crate) fn show(&self, lines: &[Line]) {
        let ended = lines.iter().filter(|line| line.mark == Mark::End);
        let ended: BTreeSet<_> = ended.map(|line| (&line.order, &line.activity)).collect();
        self.steps.set(ended.len());
        let Some(bars) = &self.bars else { return };
        for (number, bar) in bars.orders.iter().enumerate() {
            let id = order_id(number);
            let mine = ended.iter().filter(|(order, _)| **order == id).count();
            bar.set_position(mine as u64);
            if let Some(last) = lines.iter().rev().find(|line| line.order == id) {
                bar.set_message(format!("{} (attempt {})", last.activity, last.attempt));
            }
        }
    }

    #[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
    pub(crate) fn note_kill(&self, killed: usize, lifetime: Duration) {
        let millis = lifetime.as_millis();
        match &self.bars {
            Some(bars) => bars
                .lives
                .set_message(format!("killed {killed} times, last after {millis} ms")),
            None => println!(
                "life {killed:>3}  killed after {millis:>3} ms  {:>3} of {} steps done",
                self.steps.get(),
                self.orders * STEPS.len(),
            ),
        }
    }

    #[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
    pub(crate) fn finish(&self, killed: usize) {
        match &self.bars {
            Some(bars) => {
                for bar in bars.orders.iter().chain([&bars.lives]) {
                    bar.finish();
                }
            }
            None => println!("life {:>3}  ended by itself", killed + 1),
        }
    }
}

impl Bars {
    fn new(orders: usize) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        let style = |template| {
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━╸─")
        };
        let order = |number| {
            let bar = all.add(ProgressBar::new(STEPS.len() as u64));
            bar.set_style(style("{prefix} {bar:25.green} {pos}/{len} {msg}"));
            bar.set_prefix(order_id(number));
            bar
        };
        let orders = (0..orders).map(order).collect();
        let lives = all.add(ProgressBar::new_spinner());
        lives.set_style(style("{spinner} {msg}"));
        lives.enable_steady_tick(Duration::from_millis(100));
        Self { orders, lives }
    }
}

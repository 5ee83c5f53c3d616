//! What was counted, beside the baseline.

use crate::{baseline::Baseline, case::Case};

/// What moves by more than this, in percent, is pointed out.
const NOTABLE_PERCENT: f64 = 5.0;

/// A line for each case, and what to make of them.
pub(crate) fn text(counts: &[(Case, u64)], baseline: &Baseline, compiler: &str) -> String {
    let line = |name: &str, count: &str, before: &str, change: &str| {
        format!("{name:<16}{count:>14}{before:>14}{change:>10}")
    };
    let mut lines = vec![line("case", "instructions", "baseline", "moved")];
    let mut moved = false;
    for (case, count) in counts {
        let count_text = count.to_string();
        let Some(before) = baseline.instructions.get(case.name()) else {
            lines.push(line(case.name(), &count_text, "-", "new"));
            continue;
        };
        let percent = percent(*before, *count);
        let change = format!("{percent:+.1} %");
        let mut text = line(case.name(), &count_text, &before.to_string(), &change);
        if percent.abs() > NOTABLE_PERCENT {
            moved = true;
            text.push_str("  <<");
        }
        lines.push(text);
    }
    if moved {
        lines.push(
            "Moved by more than 5 %: say why in the commit, and make it the new baseline with \
             --bless."
                .into(),
        );
    }
    if baseline.compiler != compiler {
        let before = &baseline.compiler;
        lines.push(format!(
            "The baseline was counted with {before}, this with {compiler}, which moves all of them."
        ));
    }
    lines.join("\n")
}

/// From one count to another.
pub(crate) fn percent(before: u64, after: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts here stay far below 2^53"
    )]
    let (before, after) = (before as f64, after as f64);
    if before == 0.0 {
        return 0.0;
    }
    (after - before) / before * 100.0
}

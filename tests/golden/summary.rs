//! What is in a store, as text that can be compared and read in a review.

use std::{error::Error, fmt::Write as _};

use sempre::{Engine, client::PageToken, model::EventAttributes};

use crate::errand::{AMOUNT, CUSTOMER};

/// All runs of a store, in the order of their ids, and what the history of each says.
///
/// The runs of schedules are the engine's own, and not among them.
pub(crate) async fn of(engine: &Engine) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    let mut after: Option<PageToken> = None;
    loop {
        let list = engine.list("").page_size(100);
        let page = match after.take() {
            Some(token) => list.after(token).await?,
            None => list.await?,
        };
        for run in page.runs {
            writeln!(text, "{} {} {}", run.workflow_id, run.run_id, run.status)?;
            let shown = [
                ("closed", run.closed_at.map(|at| at.to_string())),
                ("customer", run.search_attribute(CUSTOMER)),
                (
                    "amount",
                    run.search_attribute(AMOUNT).map(|it| it.to_string()),
                ),
                (
                    "parent",
                    run.parent.as_ref().map(|it| it.workflow_id.to_string()),
                ),
            ];
            for (name, value) in shown {
                if let Some(value) = value {
                    writeln!(text, "  {name} {value}")?;
                }
            }
            let handle = engine.execution(run.workflow_id).at_run(run.run_id);
            let history = handle.history().await?;
            history.check_grammar()?;
            for (event, attributes) in history.events.iter().zip(history.attributes()) {
                writeln!(text, "  {} {} {}", event.id, event.time, kind(attributes))?;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(text),
        }
    }
}

fn kind(attributes: &EventAttributes) -> String {
    attributes.event_type().to_string()
}

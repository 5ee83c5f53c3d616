//! The code of a run against its history.

use serde_json::{Value, json};

use super::{engine::patch_uses, json::execution};
use crate::{
    divergence::{Side, commands_before, divergences},
    problem::Problem,
    visit::Visit,
};

pub(super) async fn tell(visit: &Visit) -> Result<Value, Problem> {
    let run = visit.target()?.describe().await?;
    let mut reports = Vec::new();
    for report in divergences(&run) {
        let history = visit.at(&run.execution).history().await?;
        let before = commands_before(&history, report.recorded.number);
        let before = before
            .iter()
            .map(|(id, what)| json!({ "event": id, "what": what }));
        reports.push(json!({
            "recorded": side(&report.recorded),
            "attempted": side(&report.attempted),
            "differences": report.differences,
            "likely_cause": report.likely_cause,
            "remedy": report.remedy,
            "before": before.collect::<Vec<_>>(),
        }));
    }
    let uses = visit.console.source.patches().await?;
    let uses = uses
        .iter()
        .filter(|it| it.workflow_type == run.workflow_type);
    Ok(json!({
        "execution": execution(&run.execution),
        "workflow_type": run.workflow_type.as_str(),
        "reports": reports,
        "patches": patch_uses(uses),
    }))
}

fn side(side: &Side) -> Value {
    json!({ "number": side.number, "what": side.what })
}

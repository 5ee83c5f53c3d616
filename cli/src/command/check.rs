//! `store check` and `store repair`: whether a store is whole, and what can be done about it.

use sempre::storage::{SledOptions, SledStore, StoreCheck};
use sempre_console::json;
use serde_json::{Value, json};

use super::{Call, store::folder};
use crate::{
    CommandError, Exit, Terminal, look,
    progress::{Counts, watched},
    table::Rows,
    text,
};

pub(super) fn check(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let path = folder(&at)?;
    let check = watched(at.terminal, Counts::Things, "runs are read", |meter| {
        SledStore::check(path, SledOptions::default(), meter)
    })?;
    at.answer(&json::store_check(&check), |terminal, value| {
        told(terminal, value)
    })?;
    Ok(exit(&check))
}

pub(super) fn repair(mut at: Call<'_, '_>) -> Result<Exit, CommandError> {
    let path = folder(&at)?;
    let repair = watched(at.terminal, Counts::Things, "runs are read", |meter| {
        SledStore::repair(path, SledOptions::default(), meter)
    })?;
    let set_aside = repair.set_aside.iter().map(|execution| {
        json!({
            "workflow_id": execution.workflow_id.as_str(),
            "run_id": execution.run_id.to_string(),
        })
    });
    let value = json!({
        "before": json::store_check(&repair.before),
        "after": json::store_check(&repair.after),
        "set_aside": set_aside.collect::<Vec<_>>(),
        "set_aside_in": repair.set_aside_in,
    });
    at.answer(&value, |terminal, value| {
        let before = faults(value, "/before");
        let after = faults(value, "/after");
        if before == after {
            return format!(
                "nothing was changed\n\n{}",
                told(terminal, value.get("after").unwrap_or(&Value::Null))
            );
        }
        let mut said = format!("{before} faults before, {after} now");
        let set_aside = look::list(value, "/set_aside");
        if !set_aside.is_empty() {
            let mut table = Rows::new(terminal, &["SET ASIDE", "RUN ID"]);
            for it in set_aside {
                table.add(["/workflow_id", "/run_id"].map(|place| look::text(it, place).into()));
            }
            let folder = text::printable(look::text(value, "/set_aside_in"));
            said = format!("{said}\n\n{}\n\nthey are kept in {folder}", table.told());
        }
        said
    })?;
    Ok(exit(&repair.after))
}

fn exit(check: &StoreCheck) -> Exit {
    if check.is_sound() {
        Exit::Done
    } else {
        Exit::Failed
    }
}

fn faults(value: &Value, place: &str) -> u64 {
    let listed = look::list(value, &format!("{place}/faults")).len() as u64;
    listed + look::number(value, &format!("{place}/more_faults"))
}

/// What a check has found, for people.
pub(super) fn told(terminal: &Terminal<'_>, value: &Value) -> String {
    let number = |place: &str| look::number(value, place);
    let mut said = format!(
        "{} runs with {} records were read, {} faults",
        number("/runs"),
        number("/records"),
        faults(value, "")
    );
    let given_up = number("/given_up_runs");
    if given_up > 0 {
        said = format!("{said}; {given_up} damaged runs were ended before");
    }
    let faults = look::list(value, "/faults");
    if faults.is_empty() {
        return said;
    }
    let mut table = Rows::new(terminal, &["FAULT", "WORKFLOW ID", "RUN ID", "WHAT"]);
    let mut remedies: Vec<String> = Vec::new();
    for it in faults {
        table
            .add(["/kind", "/workflow_id", "/run_id", "/what"].map(|at| look::text(it, at).into()));
        let remedy = format!("{}: {}", look::text(it, "/kind"), look::text(it, "/remedy"));
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    format!("{said}\n\n{}\n\n{}", table.told(), remedies.join("\n"))
}

//! `store backup`, `backups` and `restore`.

use std::path::Path;

use sempre::storage::{
    Backup as Finished, CopiedPayloads, FileStorage, SledOptions, SledStore, StorageError,
    WorkMeter,
};
use sempre_console::json;
use serde_json::{Value, json};

use super::{Call, act, act::Asked, check, store::folder};
use crate::{
    CommandError, Exit,
    arguments::{Backup, Restore},
    cold::of_store,
    look,
    progress::{Counts, watched},
    table::Rows,
    text,
};

pub(super) fn backup(at: Call<'_, '_>, order: &Backup) -> Result<Exit, CommandError> {
    if at.place.store.is_none() {
        return by_console(at, order);
    }
    let mut at = at;
    let path = folder(&at)?;
    let to = order
        .to
        .as_deref()
        .ok_or_else(|| CommandError::usage("where to? Give the folder of the backups with --to"))?;
    if order.with_payloads {
        let message = "give the folder of the payload storage with --payloads";
        return Err(CommandError::usage(message));
    }
    let message = "are backed up";
    let (backup, copied) = watched(at.terminal, Counts::Bytes, message, |meter| {
        let backup = SledStore::open(path, SledOptions::default())?.backup(to, meter)?;
        let payloads = order.payloads.as_deref();
        let copied = payloads.map(|from| copy(from, &to.join(Finished::PAYLOADS_FOLDER), meter));
        Ok((backup, copied.transpose()?))
    })?;
    at.answer(&json::taken_backup(&backup, copied.as_ref()), |_, value| {
        told(value)
    })
}

/// A service writes where it has been told to, and nowhere else.
fn by_console(at: Call<'_, '_>, order: &Backup) -> Result<Exit, CommandError> {
    if order.to.is_some() || order.payloads.is_some() {
        return Err(CommandError::usage(
            "a service backs up to the folder that it has named itself; --to and --payloads go with \
             --store",
        ));
    }
    let asked = Asked::default().with_flag("with_payloads", order.with_payloads);
    act::act(at, "backup", &asked)
}

fn copy(from: &Path, to: &Path, meter: &WorkMeter) -> Result<CopiedPayloads, StorageError> {
    let from = FileStorage::open(from)?;
    FileStorage::open(to)?.copy_from(&from, meter)
}

fn told(value: &Value) -> String {
    let number = |place: &str| look::number(value, place);
    let mut said = format!(
        "backup {} was taken, {}: {} pairs, {} as before, {} gone",
        number("/backup/number"),
        text::bytes(number("/backup/bytes")),
        number("/backup/written_pairs"),
        number("/backup/known_pairs"),
        number("/backup/gone_pairs"),
    );
    if value.get("payloads").is_some_and(Value::is_object) {
        said.push_str(&told_of_payloads(value));
    }
    said
}

fn told_of_payloads(value: &Value) -> String {
    let number = |place: &str| look::number(value, place);
    let mut said = format!(
        "\n{} stored payloads were copied, {}; {} were there",
        number("/payloads/copied"),
        text::bytes(number("/payloads/bytes")),
        number("/payloads/known"),
    );
    let damaged = number("/payloads/damaged");
    if damaged > 0 {
        said = format!("{said}; {damaged} are damaged and were left out");
    }
    said
}

pub(super) fn backups(mut at: Call<'_, '_>, from: &Path) -> Result<Exit, CommandError> {
    let backups = finished(from)?;
    let value = json!({ "backups": backups.iter().map(json::backup).collect::<Vec<_>>() });
    at.answer(&value, |terminal, value| {
        let mut table = Rows::new(terminal, &["NUMBER", "TAKEN", "WRITTEN", "POSITION"]);
        for it in look::list(value, "/backups") {
            table.add([
                look::number(it, "/number").into(),
                text::time(look::text(it, "/taken_at")).into(),
                text::bytes(look::number(it, "/bytes")).into(),
                look::number(it, "/position").into(),
            ]);
        }
        table.told()
    })
}

/// The backups in a folder, of which there is at least one.
fn finished(from: &Path) -> Result<Vec<Finished>, CommandError> {
    let backups = SledStore::backups(from).map_err(of_store)?;
    if !backups.is_empty() {
        return Ok(backups);
    }
    let message = format!("there is no finished backup here: path={}", from.display());
    Err(CommandError::new(Exit::NotFound, message))
}

pub(super) fn restore(mut at: Call<'_, '_>, order: &Restore) -> Result<Exit, CommandError> {
    let finished = finished(&order.from)?;
    if let Some(number) = order.number
        && finished.iter().all(|it| it.number != number)
    {
        let message = format!(
            "there is no backup {number} here: path={}",
            order.from.display()
        );
        return Err(CommandError::new(Exit::NotFound, message));
    }
    let message = "are restored";
    let (restored, copied) = watched(at.terminal, Counts::Bytes, message, |meter| {
        let restored = SledStore::restore(&order.from, &order.to, order.number, meter)?;
        let payloads = order.payloads.as_deref();
        let copied =
            payloads.map(|to| copy(&order.from.join(Finished::PAYLOADS_FOLDER), to, meter));
        Ok((restored, copied.transpose()?))
    })?;
    let value = json!({
        "backup": json::backup(&restored.backup),
        "check": json::store_check(&restored.check),
        "payloads": copied.as_ref().map(json::copied_payloads),
    });
    at.answer(&value, |terminal, value| {
        let check = value.get("check").unwrap_or(&Value::Null);
        let mut said = format!(
            "backup {} of {} was restored\n{}",
            look::number(value, "/backup/number"),
            text::time(look::text(value, "/backup/taken_at")),
            check::told(terminal, check),
        );
        if value.get("payloads").is_some_and(Value::is_object) {
            said.push_str(&told_of_payloads(value));
        }
        said
    })?;
    Ok(if restored.check.is_sound() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

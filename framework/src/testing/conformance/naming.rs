//! The rule about what records name: S10.

use crate::{
    model::{ContentKey, ExecutionStatus},
    storage::{StorageErrorKind, Store},
    testing::conformance::{
        Breach, StorePlace,
        breach::ensure,
        sample::{Run, ensure_fails},
    },
};

/// S10: what a record names of stored payloads is known exactly as long as the record is there.
pub fn s10_what_records_name_is_known(place: &dyn StorePlace) -> Result<(), Breach> {
    let (run, other) = (Run(10), Run(20));
    let mut keys = [1_u8, 2, 3].map(|content| ContentKey::of(&[content]));
    keys.sort_unstable();
    let [first, second, third] = keys;
    let store = place.open()?;
    ensure_names(&*store, run, &[])?;
    store.commit(&[run.open(), other.open()])?;
    store.commit(&[run.naming(2, &[second, first])])?;
    store.commit(&[run.naming(3, &[second]), other.naming(2, &[second])])?;
    let refused = store.commit(&[run.naming(3, &[third])]);
    ensure_fails(refused, StorageErrorKind::Conflict, "record 3 again")?;
    for store in [place.after_crash()?.open()?, store] {
        ensure_names(&*store, run, &[first, second])?;
        ensure_names(&*store, other, &[second])?;
        ensure!(
            !store.names_payload(&third)?,
            "a refused commit names something"
        );
    }
    let store = place.open()?;
    ensure_names(&*store, run, &[first, second])?;
    store.commit(&[run.close(4), run.delete()])?;
    for store in [place.after_crash()?.open()?, store] {
        let status = store.run(other.id())?.map(|entry| entry.status);
        ensure!(
            status == Some(ExecutionStatus::Running),
            "deleting a run has changed another one"
        );
        ensure_names(&*store, run, &[])?;
        ensure_names(&*store, other, &[second])?;
        ensure!(
            !store.names_payload(&first)?,
            "a deleted run names something"
        );
    }
    Ok(())
}

fn ensure_names(store: &dyn Store, run: Run, keys: &[ContentKey]) -> Result<(), Breach> {
    let found = store.payloads(run.id())?;
    ensure!(
        found == keys,
        "a run whose records name {keys:?} names {found:?}"
    );
    for key in keys {
        ensure!(
            store.names_payload(key)?,
            "nobody names {key}, and a record does"
        );
    }
    Ok(())
}

//! Backups and repair, as people call them.

use std::fs;

use sempre::Engine;

use super::{
    cold::store,
    world::{Outcome, Said, World, builder, compare, say},
};
use crate::Exit;

fn refused(said: &Said, exit: Exit, text: &str) {
    assert!(said.exit == exit && said.err.contains(text), "{said:?}");
}

fn done(said: &Said, text: &str) {
    assert!(
        said.exit == Exit::Done && said.out.contains(text),
        "{said:?}"
    );
}

#[actix::test]
async fn a_store_is_backed_up_restored_and_checked() -> Outcome {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (path, backups, new) = (at("orders.sempre"), at("backups"), at("new.sempre"));
    store(&path).await?;
    let on = |arguments: &[&str]| say(&[&["--store", &path, "store"], arguments].concat(), None);
    done(&on(&["backup", "--to", &backups]), "backup 1 was taken");
    let second = on(&["backup", "--to", &backups, "-o", "json"]);
    done(&second, "\"number\": 2");
    done(&second, "\"payloads\": null");
    let listed = say(&["store", "backups", "--from", &backups], None);
    done(&listed, "NUMBER");
    assert_eq!(listed.out.lines().count(), 3, "{listed:?}");
    let listed = say(
        &["store", "backups", "--from", &backups, "-o", "json"],
        None,
    );
    done(&listed, "\"taken_at\"");
    let restore = ["store", "restore", "--from", &backups, "--to", &new];
    let restored = say(&restore, None);
    done(&restored, "backup 2 of ");
    done(&restored, "2 runs with ");
    let of = |path: &str| say(&["--store", path, "list", "-o", "json"], None).out;
    assert_eq!(of(&new), of(&path));
    refused(&say(&restore, None), Exit::Refused, "not empty");
    let again = at("first");
    let first = [
        &restore[..4],
        &["--to", &again, "--number", "1", "-o", "json"],
    ];
    done(&say(&first.concat(), None), "\"faults\": []");
    compare("store_migrate", "txt", &on(&["migrate"]));
    compare("store_migrate", "json", &on(&["migrate", "-o", "json"]));
    compare("store_repair", "txt", &on(&["repair"]));
    compare("store_repair", "json", &on(&["repair", "-o", "json"]));
    Ok(())
}

#[actix::test]
async fn what_is_missing_or_in_use_is_said_and_nothing_is_changed() -> Outcome {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (path, nowhere) = (at("orders.sempre"), at("nowhere"));
    store(&path).await?;
    let on = |arguments: &[&str]| say(&[&["--store", &path, "store"], arguments].concat(), None);
    refused(&on(&["backup"]), Exit::Usage, "--to");
    let within = format!("{path}/backups");
    refused(
        &on(&["backup", "--to", &within]),
        Exit::Refused,
        "lies within",
    );
    refused(
        &on(&["backup", "--to", &at("")]),
        Exit::Refused,
        "lies within",
    );
    let other = say(
        &["--store", &nowhere, "store", "backup", "--to", &at("b")],
        None,
    );
    refused(&other, Exit::NotFound, "no store here");
    let (backups, new) = (at("backups"), at("new"));
    let none = ["store", "restore", "--from", &nowhere, "--to", &new];
    refused(&say(&none, None), Exit::NotFound, "no finished backup");
    done(&on(&["backup", "--to", &at("backups")]), "backup 1");
    let restore = ["store", "restore", "--from", &backups, "--to", &new];
    let third = [&restore[..], &["--number", "3"]].concat();
    refused(&say(&third, None), Exit::NotFound, "no backup 3");
    let file = folder.path().join("backups/backup-000001");
    let mut bytes = fs::read(&file)?;
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    fs::write(&file, bytes)?;
    refused(&say(&restore, None), Exit::Failed, "backup is damaged");
    let half = say(&["--store", &at("new"), "list"], None);
    assert_eq!(half.exit, Exit::NotFound, "{half:?}");
    let engine = builder(Engine::open(&path)).start().await?;
    for command in [&["backup", "--to", &at("b")][..], &["repair"], &["migrate"]] {
        refused(&on(command), Exit::Unavailable, "stop the service");
    }
    engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_service_takes_backups_where_it_has_said() -> Outcome {
    let world = World::new().await?;
    let told = world.say(&["store", "backup", "--to", "anywhere"]);
    refused(&told, Exit::Usage, "named itself");
    let nowhere = world.say(&["store", "backup"]);
    refused(&nowhere, Exit::Refused, "has not said where backups go");
    world.stop().await
}

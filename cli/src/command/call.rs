//! Where a command is carried out, and how it answers.

use std::path::Path;

use serde_json::Value;

#[cfg(unix)]
use crate::beside;
use crate::{
    CommandError, Exit, Terminal,
    arguments::{Output, Place},
    client::Client,
    cold::Cold,
};

/// Where a command is carried out, and where it writes to.
pub(super) struct Call<'c, 't> {
    pub(super) place: &'c Place,
    pub(super) terminal: &'c mut Terminal<'t>,
}

/// Where runs are: with an engine, or in a store at rest.
pub(super) enum Source {
    Live(Client),
    Cold(Cold),
}

impl Call<'_, '_> {
    /// The console, which a command needs that asks an engine.
    pub(super) fn live(&self) -> Result<Client, CommandError> {
        match &self.place.store {
            None => self.console(),
            Some(store) => beside(self.place, store)?.ok_or_else(|| {
                CommandError::usage(format!(
                    "this needs a running engine, and none answers beside the store; give the address \
                     of its console with --url instead of --store path={}",
                    store.display()
                ))
            }),
        }
    }

    /// The console or the store. A store whose service answers beside it is asked by that.
    pub(super) fn source(&self) -> Result<Source, CommandError> {
        let Some(store) = &self.place.store else {
            return self.console().map(Source::Live);
        };
        Ok(match beside(self.place, store)? {
            Some(console) => Source::Live(console),
            None => Source::Cold(Cold::open(store, self.place.namespace()?)?),
        })
    }

    /// The console that has an address, or that is shown beside a store in the working directory.
    fn console(&self) -> Result<Client, CommandError> {
        match &self.place.url {
            Some(url) => Client::at(self.place, url),
            None => here(self.place),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.place.output == Output::Json
    }

    /// Says a value to programs, or what it is in a text to people.
    pub(super) fn answer(
        &mut self,
        value: &Value,
        told: impl FnOnce(&Terminal<'_>, &Value) -> String,
    ) -> Result<Exit, CommandError> {
        if self.is_json() {
            self.terminal.tell(value)?;
        } else {
            let text = told(self.terminal, value);
            self.terminal.say(&text)?;
        }
        Ok(Exit::Done)
    }
}

/// The console that is shown beside a store, if somebody answers there.
#[cfg(unix)]
fn beside(place: &Place, store: &Path) -> Result<Option<Client>, CommandError> {
    let is_answered = beside::is_answered(store).map_err(|error| {
        let message = format!("{error} path={}", store.display());
        CommandError::new(Exit::Unavailable, message)
    })?;
    is_answered
        .then(|| Client::beside(place, store))
        .transpose()
}

/// Where there are no such sockets.
#[cfg(not(unix))]
fn beside(_: &Place, _: &Path) -> Result<Option<Client>, CommandError> {
    Ok(None)
}

/// The console beside a store in the working directory.
#[cfg(unix)]
fn here(place: &Place) -> Result<Client, CommandError> {
    let stores = beside::stores(Path::new("."));
    match stores.as_slice() {
        [] => Err(which()),
        [store] => beside(place, store)?.ok_or_else(|| {
            let store = store.display();
            let message = format!(
                "the service is gone that was shown beside this store, which --store reads \
                 path={store}"
            );
            CommandError::new(Exit::Unavailable, message)
        }),
        stores => {
            let stores = stores.iter().map(|store| store.display().to_string());
            let stores = stores.collect::<Vec<_>>().join(", ");
            Err(CommandError::usage(format!(
                "which engine? There are several here; give the store of one with --store: {stores}"
            )))
        }
    }
}

#[cfg(not(unix))]
fn here(_: &Place) -> Result<Client, CommandError> {
    Err(which())
}

fn which() -> CommandError {
    CommandError::usage(
        "which engine? Give the address of its console with --url or in SEMPRE_URL, or its store with \
         --store",
    )
}

//! Where a command is carried out, and how it answers.

use serde_json::Value;

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
        if self.place.store.is_some() {
            return Err(CommandError::usage(
                "this needs a running engine; give the address of its console with --url instead of \
                 --store",
            ));
        }
        Client::new(self.place)
    }

    /// The console or the store.
    pub(super) fn source(&self) -> Result<Source, CommandError> {
        Ok(match &self.place.store {
            Some(path) => Source::Cold(Cold::open(path)?),
            None => Source::Live(Client::new(self.place)?),
        })
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

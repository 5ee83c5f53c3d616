//! Which command is meant, and how it has ended.

use clap::CommandFactory as _;

use super::{Call, act, batch, console, engine, export, list, queue, schedule, show, store, why};
use crate::{Arguments, CommandError, Exit, Terminal, arguments::Command, text};

/// Carries out what the command line says, and says how that has ended.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Exit {
    match carry_out(arguments, terminal) {
        Ok(exit) => exit,
        // There is nobody to tell.
        Err(error) if error.exit == Exit::Done => Exit::Done,
        Err(error) => {
            let error_word = text::colored("error:", Some(anstyle::AnsiColor::Red));
            // There is nowhere else to say it.
            let _unsaid = terminal.note(&format!("{error_word} {error}"));
            error.exit
        }
    }
}

fn carry_out(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit, CommandError> {
    let at = Call {
        place: &arguments.place,
        terminal,
    };
    match &arguments.command {
        Command::List(list) => list::list(at, list),
        Command::Count(count) => list::count(at, count),
        Command::Show(show) => show::show(at, show),
        Command::Why(why) => why::why(at, why),
        Command::Start(start) => act::start(at, start),
        Command::Signal(message) => act::message(at, "signal", message),
        Command::Query(message) => act::message(at, "query", message),
        Command::Update(message) => act::message(at, "update", message),
        Command::Cancel(stop) => act::stop(at, "cancel", stop),
        Command::Terminate(stop) => act::stop(at, "terminate", stop),
        Command::Reset(reset) => act::reset(at, reset),
        Command::Retry(retry) => act::retry(at, retry),
        Command::Pause(pause) => act::pause(at, pause),
        Command::Unpause(unpause) => act::unpause(at, unpause),
        Command::Resume(which) => act::to_run(at, "resume", which),
        Command::Delete(which) => act::to_run(at, "delete", which),
        Command::Schedule(schedule) => schedule::schedule(at, schedule),
        Command::Queue(command) => queue::queue(at, command),
        Command::Type(command) => queue::workflow_type(at, command),
        Command::Batch(batch) => batch::batch(at, batch),
        Command::Patches => engine::patches(at),
        Command::Types => engine::types(at),
        Command::Health => engine::health(at),
        Command::Audit { page } => engine::audit(at, page.as_deref()),
        Command::Export(export) => export::export(at, export),
        Command::Import(import) => export::import(at, import),
        Command::Store(command) => store::store(at, command),
        Command::Console { addr } => console::console(at, *addr),
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(*shell, &mut command, "sempre", &mut at.terminal.out);
            Ok(Exit::Done)
        }
    }
}

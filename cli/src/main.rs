//! The command `sempre`.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use sempre_cli::{Arguments, Terminal, run};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = anstream::AutoStream::auto(io::stdout()).lock();
    let mut err = anstream::AutoStream::auto(io::stderr()).lock();
    let is_terminal = io::stdout().is_terminal();
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let mut terminal = Terminal {
        out: &mut out,
        err: &mut err,
        width: width.filter(|_| is_terminal),
        shows_progress: io::stderr().is_terminal(),
    };
    let exit = run(&arguments, &mut terminal);
    // Whoever reads may have gone, as `head` does.
    let _gone = out.flush();
    exit.into()
}

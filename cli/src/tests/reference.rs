//! The reference in the guide, which is written from the arguments themselves.

use std::{env, fs, path::Path};

use clap::{Command, CommandFactory as _};

use super::world::Outcome;
use crate::Arguments;

const GUIDE: &str = "../framework/docs/guide/command-line.md";
/// Where the part of the guide begins that is written here.
const MARK: &str =
    "<!-- What follows is written by `BLESS=1 cargo test -p sempre-cli reference`. -->\n";

#[test]
fn the_guide_has_what_the_command_says_of_itself() -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GUIDE);
    let guide = fs::read_to_string(&path)?;
    let (by_hand, written) = guide
        .split_once(MARK)
        .ok_or("the mark is not in the guide")?;
    let reference = reference();
    if env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{by_hand}{MARK}{reference}"))?;
        return Ok(());
    }
    assert_eq!(written, reference, "BLESS=1 writes it anew");
    Ok(())
}

fn reference() -> String {
    let mut command = Arguments::command().term_width(100);
    command.build();
    section(&mut command, "sempre")
}

fn section(command: &mut Command, name: &str) -> String {
    let mut shown = command.clone();
    if name != "sempre" {
        // What all commands have is said once.
        shown = shown.mut_args(|arg| {
            let is_global = arg.is_global_set();
            arg.hide(is_global)
        });
    }
    let help = shown.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let help = lines.join("\n");
    let own = format!("\n### `{name}`\n\n```text\n{}\n```\n", help.trim_end());
    let commands = command.get_subcommands_mut();
    let commands = commands.filter(|command| command.get_name() != "help");
    let others = commands.map(|command| {
        let name = format!("{name} {}", command.get_name());
        section(command, &name)
    });
    own + &others.collect::<String>()
}

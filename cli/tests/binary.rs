//! The program itself: how its process ends, and what it writes where nobody looks.

use std::{
    io,
    process::{Command, Output},
};

fn sempre(arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sempre"));
    command.args(arguments).env_remove("SEMPRE_URL");
    command.output()
}

#[test]
fn the_process_ends_with_the_code_of_the_command() -> io::Result<()> {
    let cases: [(&[&str], i32); 5] = [
        (&["completions", "bash"], 0),
        (&["import", "/nowhere.json"], 1),
        (&["list"], 2),
        (&["--no-such-option"], 2),
        (&["--store", "/nowhere", "list"], 3),
    ];
    for (arguments, code) in cases {
        assert_eq!(
            sempre(arguments)?.status.code(),
            Some(code),
            "{arguments:?}"
        );
    }
    Ok(())
}

#[test]
fn colors_are_left_out_where_nobody_sees_them() -> io::Result<()> {
    let said = sempre(&["--store", "/nowhere", "list"])?;
    let said = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said, "error: there is no store here: path=/nowhere\n");
    Ok(())
}

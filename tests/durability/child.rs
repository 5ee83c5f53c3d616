//! The process under test.

use std::{
    error::Error,
    io::{BufRead as _, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// A process that says what has been acknowledged to it; see `acknowledger.rs`.
pub(crate) struct Acknowledger {
    pub(crate) process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// The command that makes such a process, in this folder, with so many notes.
pub(crate) fn arguments(folder: &Path, notes: u32) -> [String; 3] {
    [
        env!("CARGO_BIN_EXE_acknowledger").to_owned(),
        folder.display().to_string(),
        notes.to_string(),
    ]
}

impl Acknowledger {
    /// Starts one with this command.
    pub(crate) fn start(mut command: Command) -> Result<Self, Box<dyn Error>> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let output = process.stdout.take().ok_or("its output is piped")?;
        Ok(Self {
            process,
            lines: BufReader::new(output).lines(),
        })
    }

    /// Starts one in this folder.
    pub(crate) fn start_in(folder: &Path, notes: u32) -> Result<Self, Box<dyn Error>> {
        let [program, folder, notes] = arguments(folder, notes);
        let mut command = Command::new(program);
        command.args([folder, notes]);
        Self::start(command)
    }

    /// The next thing that was acknowledged; `None` once all were.
    pub(crate) fn acknowledged(&mut self) -> Result<Option<String>, Box<dyn Error>> {
        let line = self.lines.next().ok_or("the process has ended")??;
        match line.strip_prefix("ack ") {
            Some(text) => Ok(Some(text.to_owned())),
            None if line == "ready" => Ok(None),
            None => Err(format!("what does that mean: {line}").into()),
        }
    }

    /// Reads to the end of what is acknowledged.
    pub(crate) fn all_acknowledged(&mut self) -> Result<Vec<String>, Box<dyn Error>> {
        let mut all = Vec::new();
        while let Some(text) = self.acknowledged()? {
            all.push(text);
        }
        Ok(all)
    }

    /// Lets it end by itself.
    pub(crate) fn finish(mut self) -> Result<(), Box<dyn Error>> {
        drop(self.process.stdin.take());
        let status = self.process.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the process has failed: {status}").into())
        }
    }
}

impl Drop for Acknowledger {
    fn drop(&mut self) {
        // It may have ended by itself; if not, it must not outlive its test.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

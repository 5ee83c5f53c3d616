//! `mutants`: puts one deliberate fault after the other into a copy of the sources, and says what
//! noticed it.
//!
//! `cargo run -p sempre-tests --bin mutants`, or with a part of a fault's name, for that one alone.

mod fault;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
};

use clap::Parser;

use crate::fault::{FAULTS, Fault, Proof};

/// Puts deliberate faults into a copy of the sources, and says what notices them.
#[derive(Parser)]
struct Options {
    /// A part of the names of those to try; all of them without it.
    #[arg(default_value = "")]
    name: String,
    /// Those alone that this has to notice.
    #[arg(long)]
    by: Option<Proof>,
    /// How many worlds may go by before one notices.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
}

impl Options {
    fn asks_for(&self, fault: &Fault) -> bool {
        fault.name.contains(&self.name) && self.by.is_none_or(|by| by == fault.noticed_by)
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let copy = Copy::make()?;
    let mut all_noticed = true;
    for fault in FAULTS.iter().filter(|it| options.asks_for(it)) {
        let noticed = copy.notice(fault, options.seeds)?;
        all_noticed &= noticed.is_some();
        let noticed = noticed.unwrap_or_else(|| "NOT NOTICED".to_owned());
        say(&format!("{}\n    {noticed}", fault.name));
    }
    Ok(if all_noticed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A copy of the sources, where they may be wrong.
struct Copy {
    sources: PathBuf,
    target: PathBuf,
}

impl Copy {
    /// Copies all files that git knows of; what was built there before is used again.
    fn make() -> Result<Self, Box<dyn Error>> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let target = env::var_os("CARGO_TARGET_DIR");
        let target = target.map_or_else(|| workspace.join("target"), PathBuf::from);
        let copy = Self {
            sources: target.join("mutants/sources"),
            target: target.join("mutants/target"),
        };
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(&workspace)
            .output()?;
        if !listed.status.success() {
            return Err("git does not list the sources".into());
        }
        for name in String::from_utf8(listed.stdout)?.split_terminator('\0') {
            // What was removed and is not committed yet is listed, too.
            if let Ok(content) = fs::read(workspace.join(name)) {
                copy.write(name, &content)?;
            }
        }
        Ok(copy)
    }

    /// Writes a file unless it says so already, which cargo would take for a change.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), Box<dyn Error>> {
        let path = self.sources.join(name);
        if fs::read(&path).is_ok_and(|before| before == content) {
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, content)?)
    }

    /// Puts a fault in, has it looked for, and takes it out again; says what has noticed it.
    ///
    /// # Errors
    /// If the sources with the fault do not compile: then nothing was tried.
    fn notice(&self, fault: &Fault, seeds: u64) -> Result<Option<String>, Box<dyn Error>> {
        let right = fs::read_to_string(self.sources.join(fault.file))?;
        let wrong = right.replacen(fault.right, fault.wrong, 1);
        self.write(fault.file, wrong.as_bytes())?;
        let noticed = match fault.noticed_by {
            Proof::Threads => self.try_threads(),
            Proof::Worlds => self.try_worlds(seeds),
        };
        self.write(fault.file, right.as_bytes())?;
        noticed
    }

    fn try_threads(&self) -> Result<Option<String>, Box<dyn Error>> {
        let threads = |arguments: &[&str]| {
            let mut command = self.cargo("test", "threads");
            command.env("RUSTFLAGS", "--cfg shuttle");
            command.args(["-p", "sempre", "--lib"]).args(arguments);
            command.output()
        };
        built(&threads(&["--no-run"])?)?;
        let tested = threads(&["--", "interleaving"])?;
        let said = String::from_utf8_lossy(&tested.stdout);
        let failed = said.lines().filter_map(|line| {
            let name = line.strip_suffix(" ... FAILED")?;
            name.rsplit("::").next().map(ToOwned::to_owned)
        });
        let failed: Vec<_> = failed.collect();
        // A fault may also take the process with it.
        let ended = (!tested.status.success()).then(|| tested.status.to_string());
        Ok((!failed.is_empty()).then(|| failed.join(", ")).or(ended))
    }

    fn try_worlds(&self, seeds: u64) -> Result<Option<String>, Box<dyn Error>> {
        let simulate = ["-p", "sempre-tests", "--bin", "simulate"];
        built(&self.cargo("build", "worlds").args(simulate).output()?)?;
        let mut command = self.cargo("run", "worlds");
        command.args(simulate).args(["--", "--first", "--seeds"]);
        let told = command.arg(seeds.to_string()).output()?;
        let said = String::from_utf8_lossy(&told.stderr);
        let last = said.lines().last().unwrap_or_default().to_owned();
        Ok((!told.status.success()).then_some(last))
    }

    fn cargo(&self, what: &str, target: &str) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.arg(what).current_dir(&self.sources);
        cargo.env("CARGO_TARGET_DIR", self.target.join(target));
        cargo.env("RUST_BACKTRACE", "0");
        cargo
    }
}

/// Whether this has compiled.
fn built(output: &Output) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "the sources with the fault do not compile:\n{said}"
    ))
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn say(what: &str) {
    println!("{what}");
}

//! Recordings: what processes did to a disk, kept in a folder so that it can be looked at again.

use std::{
    error::Error,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

use derive_more::{Debug, Display};

use crate::powercut::{
    call,
    cut::Cut,
    disk::Disk,
    interpret::Interpreter,
    plan::{Claim, Plan},
    strace,
};

/// Where the store lies, below the root of the disk.
pub(crate) const STORE: &str = "services/shop/store";
/// How often a plan is recorded anew because a trace does not say all that was changed.
const ATTEMPTS_MAX: usize = 20;
/// The cuts after which a process finds a store and goes on, by their seeds.
const CUTS_TO_GO_ON_AFTER: [u64; 3] = [1, 2, 3];

/// What was done to a disk, and what was acknowledged meanwhile.
#[derive(Debug, Display)]
#[display("{name}: moments={} synchronous={has_attribute}", moments.len())]
pub struct Recording {
    pub(crate) name: String,
    #[debug(skip)]
    pub(crate) disk: Disk,
    #[debug(skip)]
    pub(crate) moments: Vec<usize>,
    plan: Plan,
    /// What had been acknowledged before.
    earlier: Vec<Claim>,
    #[debug(skip)]
    acknowledged: Vec<(usize, usize)>,
    /// Whether the store's log had the attribute for synchronous writes.
    pub(crate) has_attribute: bool,
}

/// Records these plans in this folder, or reads what was recorded there; and then what processes do
/// that find a store after a cut of the last ones. `program` is called with `work`, a plan, the
/// number of a life and a folder.
///
/// # Errors
/// If there is no strace that may be used, or a process does something that is not understood.
pub fn record_all(
    program: &Path,
    folder: &Path,
    plans: &[Plan],
) -> Result<Vec<Recording>, Box<dyn Error>> {
    strace::require()?;
    let mut recordings = Vec::new();
    for plan in plans {
        let place = folder.join(plan.to_string());
        recordings.push(take(program, &place, *plan, |_| Ok(Vec::new()))?);
    }
    for (number, seed) in (1..=plans.len()).zip(CUTS_TO_GO_ON_AFTER) {
        let before = plans.len() - number;
        let before = recordings.get(before).ok_or("there is one")?;
        let cut = Cut::draw(seed, &before.moments);
        let claims = before.claims(cut.at);
        let build = |root: &Path| {
            before.disk.build(&cut, root)?;
            Ok(claims)
        };
        let place = folder.join(format!("{}-{number}", Plan::AfterACut));
        recordings.push(take(program, &place, Plan::AfterACut, build)?);
    }
    Ok(recordings)
}

/// Records a plan in this folder unless that has been done, and reads the recording. `build` makes
/// what the disk holds before, and says what had been acknowledged of it.
fn take(
    program: &Path,
    folder: &Path,
    plan: Plan,
    build: impl FnOnce(&Path) -> Result<Vec<Claim>, Box<dyn Error>>,
) -> Result<Recording, Box<dyn Error>> {
    let (before, done) = (folder.join("before"), folder.join("claims"));
    if !done.exists() {
        fs::create_dir_all(&before)?;
        let claims = build(&before)?;
        record_known(program, plan, folder, &before)?;
        let claims: Vec<_> = claims.iter().map(Claim::to_string).collect();
        fs::write(&done, claims.join("\n"))?;
    }
    read(folder, plan)
}

/// Records the lives of a plan, all of whose changes are known.
///
/// A process that ends while one of its threads writes does not say what became of the write, and
/// the next life reads it all the same: then all lives are recorded anew. So they are if the changes
/// do not lead to what is on the disk: threads that append to one file at the same time are seen in
/// the order in which their calls return, which need not be that of their bytes.
fn record_known(
    program: &Path,
    plan: Plan,
    folder: &Path,
    before: &Path,
) -> Result<(), Box<dyn Error>> {
    let root = folder.canonicalize()?.join("root");
    'attempts: for _ in 0..ATTEMPTS_MAX {
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        copy(before, &root)?;
        for life in 0..plan.lives().len() {
            record(program, plan, life, folder)?;
            let trace = fs::read(folder.join(format!("life-{life}.trace")))?;
            if call::leaves_a_change_unknown(&String::from_utf8_lossy(&trace)) {
                continue 'attempts;
            }
        }
        if interpret(folder, plan)?.disk.is_seen_in(&root)? {
            return Ok(());
        }
    }
    Err(format!("{plan} does not say all that it changes, attempts={ATTEMPTS_MAX}").into())
}

fn record(program: &Path, plan: Plan, life: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let folder = folder.canonicalize()?;
    let store = folder.join("root").join(STORE);
    let trace = folder.join(format!("life-{life}.trace"));
    let mut command = strace::command(&trace, program.as_os_str());
    command.arg("work").arg(plan.to_string());
    command.arg(life.to_string()).arg(store);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process = command.spawn()?;
    let output = process.stdout.take().ok_or("its output is piped")?;
    for line in BufReader::new(output).lines() {
        line?;
    }
    let status = process.wait()?;
    if status.success() {
        return Ok(());
    }
    Err(format!("the process that works on {plan} has failed: {status}").into())
}

/// What the traces of a folder say.
struct Interpreted {
    disk: Disk,
    acknowledged: Vec<(usize, usize)>,
    has_attribute: bool,
}

fn interpret(folder: &Path, plan: Plan) -> Result<Interpreted, Box<dyn Error>> {
    let root = folder.canonicalize()?.join("root");
    let mut disk = Disk::with(&folder.join("before"))?;
    let mut interpreter = Interpreter::new(&mut disk, &root);
    let mut line = 1;
    for life in 0..plan.lives().len() {
        let trace = fs::read(folder.join(format!("life-{life}.trace")))?;
        let trace = String::from_utf8_lossy(&trace);
        interpreter.process(&call::read(&trace, line)?)?;
        line += trace.lines().count() + 1;
    }
    let acknowledged = std::mem::take(&mut interpreter.acknowledged);
    let has_attribute = interpreter.has_seen_attribute();
    Ok(Interpreted {
        disk,
        acknowledged,
        has_attribute,
    })
}

fn read(folder: &Path, plan: Plan) -> Result<Recording, Box<dyn Error>> {
    let Interpreted {
        disk,
        acknowledged,
        has_attribute,
    } = interpret(folder, plan)?;
    let earlier = fs::read_to_string(folder.join("claims"))?;
    let name = folder.file_name().unwrap_or_default();
    Ok(Recording {
        name: name.to_string_lossy().into_owned(),
        moments: disk.moments(),
        disk,
        plan,
        earlier: earlier.lines().map(str::parse).collect::<Result<_, _>>()?,
        acknowledged,
        has_attribute,
    })
}

impl Recording {
    /// What has to be there, and what can be, after a cut at this moment.
    pub(crate) fn claims(&self, at: usize) -> Vec<Claim> {
        let before = self.acknowledged.iter().filter(|(moment, _)| *moment < at);
        let acknowledged = before.map(|(_, group)| group + 1).max().unwrap_or(0);
        let last = self.plan.lives().last().map_or(0, |life| life.groups.end);
        let mut claims = self.earlier.clone();
        claims.push(Claim {
            plan: self.plan,
            acknowledged,
            submitted: last.min(acknowledged + 1),
        });
        claims
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

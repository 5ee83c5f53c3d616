//! Who asks children for things, and knows what was said.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{
    campaign::{
        line::{self, InForce, Reply, Request, Setting},
        workload::CHEERS,
    },
    crash::life::Asker,
};

/// Trips that are open at once.
const TRIPS: usize = 8;
/// Boards that a round opens at most.
const BOARDS: u32 = 8;
/// How often a run is reset.
const RESETS: u32 = 3;

/// What was said, by a moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// What has been asked for, in whichever life.
    pub(crate) asked: BTreeSet<Request>,
    /// What is recorded, with the id of its run.
    pub(crate) begun: BTreeMap<Request, String>,
    /// What is done, with what there was to say about it.
    pub(crate) done: BTreeMap<Request, String>,
}

impl Said {
    /// The numbers of all requests of a kind that are done.
    pub(crate) fn done_of<'s>(
        &'s self,
        number: impl Fn(&Request) -> Option<u32> + 's,
    ) -> impl Iterator<Item = u32> + 's {
        self.done.keys().filter_map(number)
    }
}

/// How a round stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// There is always more to do.
    Opening,
    /// What is open comes to its end, and nobody is held up.
    Closing,
    /// Nothing is left but what is let go.
    Over,
}

/// Who asks, for one round.
pub(crate) struct Patron {
    pub(crate) said: Said,
    /// What had been said when a bulk job or a backup was first, or last, asked for.
    pub(crate) when_asked: BTreeMap<Request, Said>,
    /// What had been asked for when a bulk job was known to have found its runs.
    pub(crate) when_done: BTreeMap<Request, Said>,
    /// What is in force, as far as it was acknowledged.
    pub(crate) in_force: InForce,
    /// What has been in force all through this life, if that is known.
    pub(crate) steady: Option<InForce>,
    /// Why the engine can do nothing more, if it has said so in this life.
    pub(crate) failure: Option<String>,
    /// Whether an engine has ever started: until then there need not be a store.
    pub(crate) has_started: bool,
    pending: BTreeSet<Request>,
    phase: Phase,
    life: u32,
    backed_up_in: u32,
    random: Xoshiro256PlusPlus,
}

impl Patron {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            said: Said::default(),
            when_asked: BTreeMap::new(),
            when_done: BTreeMap::new(),
            in_force: InForce::default(),
            steady: None,
            failure: None,
            has_started: false,
            pending: BTreeSet::new(),
            phase: Phase::Opening,
            life: 0,
            backed_up_in: 0,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// A number below this one.
    pub(crate) fn draw(&mut self, below: u64) -> u64 {
        self.random.next_u64() % below.max(1)
    }

    /// Asks for nothing new, and has everything come to its end.
    pub(crate) fn close(&mut self) {
        self.phase = Phase::Closing;
    }

    /// Has nothing left that nobody names of what is kept apart.
    pub(crate) fn sweep(&mut self) {
        self.phase = Phase::Over;
        self.pending.insert(Request::Swept);
    }

    /// Has all chits go whose time has passed.
    pub(crate) fn expire(&mut self) {
        self.phase = Phase::Over;
        self.pending.insert(Request::Expire);
    }

    fn count(&self, is_one: impl Fn(&Request) -> bool) -> u32 {
        let asked = self.said.asked.iter().filter(|it| is_one(it)).count();
        u32::try_from(asked).unwrap_or(u32::MAX)
    }

    fn is_pending(&self, is_one: impl Fn(&Request) -> bool) -> bool {
        self.pending.iter().any(is_one)
    }

    /// What a child is asked for that knows nothing: all that is not done.
    fn begin(&mut self, reported: InForce) -> Result<Vec<Request>, String> {
        let setting = self.pending.iter().find_map(|it| match it {
            Request::Set(setting) => Some(*setting),
            _ => None,
        });
        let possible = setting.map(|it| self.in_force.after(it));
        if reported != self.in_force && Some(reported) != possible {
            let expected = self.in_force;
            return Err(format!(
                "{reported:?} is in force, not {expected:?} nor that after {setting:?}"
            ));
        }
        self.has_started = true;
        self.in_force = reported;
        self.steady = Some(reported);
        let asked: Vec<Request> = self.pending.iter().cloned().collect();
        for request in &asked {
            self.note(request);
        }
        let mut asked = asked;
        asked.extend(self.go_on());
        Ok(asked)
    }

    /// Takes note of what is about to be asked for.
    fn note(&mut self, request: &Request) {
        let is_first = self.said.asked.insert(request.clone());
        match request {
            // The last time counts: each of them is another backup.
            Request::Backup(_) => drop(self.when_asked.insert(request.clone(), self.said.clone())),
            Request::Post(_) | Request::Sweep(_) if is_first => {
                self.when_asked.insert(request.clone(), self.said.clone());
            }
            Request::Set(_) => self.steady = None,
            _ => {}
        }
    }

    fn ask(&mut self, request: Request, asked: &mut Vec<Request>) {
        self.note(&request);
        self.pending.insert(request.clone());
        asked.push(request);
    }

    /// What comes next.
    fn go_on(&mut self) -> Vec<Request> {
        let mut asked = Vec::new();
        match self.phase {
            Phase::Opening => self.open_more(&mut asked),
            Phase::Closing => self.let_end(&mut asked),
            Phase::Over => {}
        }
        asked
    }

    fn open_more(&mut self, asked: &mut Vec<Request>) {
        let open = |it: &&Request| matches!(it, Request::Trip(_));
        while self.pending.iter().filter(open).count() < TRIPS {
            let next = self.count(|it| matches!(it, Request::Trip(_)));
            self.ask(Request::Trip(next), asked);
        }
        let boards = self.count(|it| matches!(it, Request::Board(_)));
        if boards < BOARDS && boards <= self.life / 3 {
            self.ask(Request::Board(boards), asked);
        }
        for (is_one, make) in [
            (
                (|it| matches!(it, Request::Again(_) | Request::Reset(..))) as fn(&Request) -> bool,
                Request::Again as fn(u32) -> Request,
            ),
            // A chit that is swept before its end is known would be written again.
            (
                |it| matches!(it, Request::Chit(_) | Request::Sweep(_)),
                Request::Chit,
            ),
            (|it| matches!(it, Request::Post(_)), Request::Post),
            (
                |it| matches!(it, Request::Chit(_) | Request::Sweep(_)),
                Request::Sweep,
            ),
        ] {
            if !self.is_pending(is_one) && self.draw(3) == 0 {
                let kind = mem::discriminant(&make(0));
                let next = self.count(|it| mem::discriminant(it) == kind);
                self.ask(make(next), asked);
            }
        }
        if !self.said.asked.contains(&Request::Schedule) {
            self.ask(Request::Schedule, asked);
        }
        let is_backed_up = self.is_pending(|it| matches!(it, Request::Backup(_)));
        if !is_backed_up && self.backed_up_in + 3 <= self.life {
            self.backed_up_in = self.life;
            let next = self.count(|it| matches!(it, Request::Backup(_)));
            self.ask(Request::Backup(next), asked);
        }
        if !self.is_pending(|it| matches!(it, Request::Set(_))) && self.draw(24) == 0 {
            let setting = self.next_setting();
            self.ask(Request::Set(setting), asked);
        }
    }

    fn next_setting(&mut self) -> Setting {
        let InForce {
            queue_paused,
            queue_limited,
            type_paused,
        } = self.in_force;
        match self.draw(3) {
            0 if queue_paused => Setting::UnpauseQueue,
            0 => Setting::PauseQueue,
            1 if queue_limited => Setting::RestoreQueue,
            1 => Setting::LimitQueue,
            _ if type_paused => Setting::UnpauseType,
            _ => Setting::PauseType,
        }
    }

    fn let_end(&mut self, asked: &mut Vec<Request>) {
        if self.is_pending(|it| matches!(it, Request::Set(_))) {
            return;
        }
        let InForce {
            queue_paused,
            queue_limited,
            type_paused,
        } = self.in_force;
        for (is_set, setting) in [
            (queue_paused, Setting::UnpauseQueue),
            (queue_limited, Setting::RestoreQueue),
            (type_paused, Setting::UnpauseType),
        ] {
            if is_set {
                return self.ask(Request::Set(setting), asked);
            }
        }
        // What jobs are about to say, boards still hear.
        if self.is_pending(|it| matches!(it, Request::Post(_))) {
            return;
        }
        let boards: Vec<u32> = self.boards_to_close().collect();
        for board in boards {
            self.ask(Request::Close(board), asked);
        }
        if !self.said.asked.contains(&Request::Unschedule) {
            self.ask(Request::Unschedule, asked);
        }
    }

    fn boards_to_close(&self) -> impl Iterator<Item = u32> {
        let boards = self.said.done_of(|it| match it {
            Request::Board(board) => Some(*board),
            _ => None,
        });
        boards.filter(|board| !self.said.asked.contains(&Request::Close(*board)))
    }

    /// What follows when a run has begun.
    fn handle_begun(&mut self, request: &Request, run_id: &str) -> Result<Vec<Request>, String> {
        let begun = &mut self.said.begun;
        let known = begun.insert(request.clone(), run_id.to_owned());
        if known.as_ref().is_some_and(|it| it != run_id) {
            return Err(format!(
                "{request:?} has begun as {known:?} and as {run_id}"
            ));
        }
        let mut asked = Vec::new();
        if let Request::Trip(trip) = request
            && known.is_none()
        {
            self.ask(Request::Cheer(*trip, 1), &mut asked);
            self.ask(Request::Tell(*trip), &mut asked);
        }
        asked.extend(self.go_on());
        Ok(asked)
    }

    /// What follows when something is done.
    fn handle_done(&mut self, request: &Request, said: String) -> Vec<Request> {
        let is_new = self.pending.remove(request);
        self.said.done.insert(request.clone(), said);
        let mut asked = Vec::new();
        match request {
            Request::Cheer(trip, number) if *number < CHEERS => {
                self.ask(Request::Cheer(*trip, number + 1), &mut asked);
            }
            Request::Again(number) => self.ask(Request::Reset(*number, 1), &mut asked),
            Request::Reset(number, time) if *time < RESETS => {
                self.ask(Request::Reset(*number, time + 1), &mut asked);
            }
            Request::Chit(number) if self.draw(2) == 0 => {
                self.ask(Request::Tear(*number), &mut asked);
            }
            Request::Post(_) | Request::Sweep(_) | Request::Backup(_) => {
                self.when_done.insert(request.clone(), self.said.clone());
            }
            Request::Set(setting) if is_new => {
                self.in_force = self.in_force.after(*setting);
                if *setting == Setting::UnpauseType {
                    // Those that were refused meanwhile.
                    let tells = self.pending.iter();
                    asked.extend(tells.filter(|it| matches!(it, Request::Tell(_))).cloned());
                }
            }
            _ => {}
        }
        if let Request::Set(_) = request {
            // It may be asked for again, as something new.
            self.said.done.remove(request);
        }
        asked.extend(self.go_on());
        asked
    }
}

impl Asker for Patron {
    fn begin_life(&mut self) {
        self.life += 1;
        self.failure = None;
        self.steady = None;
    }

    fn is_ready(&self, line: &str) -> bool {
        matches!(line::read(line), Ok(Reply::Ready(_)))
    }

    fn handle_line(&mut self, line: &str) -> Result<Vec<String>, String> {
        let asked = match line::read(line)? {
            Reply::Ready(in_force) => self.begin(in_force)?,
            Reply::Begun(request, run_id) => self.handle_begun(&request, &run_id)?,
            Reply::Done(request, said) => self.handle_done(&request, said),
            Reply::Wrong(what) => return Err(what),
            // It was paused, and is not any more.
            Reply::Refused(tell @ Request::Tell(_)) if !self.in_force.type_paused => vec![tell],
            Reply::Refused(_) => Vec::new(),
            Reply::Failed(cause) => {
                self.failure = Some(cause);
                Vec::new()
            }
        };
        let lines = asked.iter().map(line::write);
        let lines: Result<_, _> = lines.collect();
        lines.map_err(|error| error.to_string())
    }

    fn open(&self) -> Vec<String> {
        self.pending.iter().map(|it| format!("{it:?}")).collect()
    }

    fn all_is_done(&self) -> bool {
        let is_closed = self.phase != Phase::Opening && self.pending.is_empty();
        let is_unscheduled = self.said.asked.contains(&Request::Unschedule);
        self.failure.is_some() || is_closed && is_unscheduled
    }
}

//! Deliberate faults: one wrong line each, in the code that runs in production.

/// What has to notice a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Proof {
    /// The tests in every order of threads.
    Threads,
    /// The simulated worlds.
    Worlds,
}

/// A wrong line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// How it is called.
    pub(crate) name: &'static str,
    /// The file it is in, from the folder of the workspace.
    pub(crate) file: &'static str,
    /// What is right; it is there once.
    pub(crate) right: &'static str,
    /// What stands there instead.
    pub(crate) wrong: &'static str,
    /// What has to notice it.
    pub(crate) noticed_by: Proof,
}

const LINE: &str = "framework/src/actor/committer/line.rs";
const GROUP: &str = "framework/src/actor/committer/group.rs";
const DESK: &str = "framework/src/actor/committer/desk.rs";
const COMMITTER: &str = "framework/src/actor/committer/committer.rs";
const SLOT: &str = "framework/src/dispatch/slot.rs";

/// All of them.
pub(crate) const FAULTS: &[Fault] = &[
    Fault {
        name: "look-once: what comes while somebody writes is not looked for",
        file: LINE,
        right: "if self.is_wanted() {",
        wrong: "if false {",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "look-too-early: whoever has written looks for more before others may write",
        file: LINE,
        right: "        self.is_writing.store(false, Ordering::SeqCst);\n        \
                // Invariant: rule 2. Who handed something over before this look saw that somebody writes.\n        \
                if self.is_wanted() {",
        wrong: "        let is_wanted = self.is_wanted();\n        \
                self.is_writing.store(false, Ordering::SeqCst);\n        \
                if is_wanted {",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "end-without-a-word: what waits at the end is dropped",
        file: LINE,
        right: "            self.write_all(desk);\n            if self.ends",
        wrong: "            if self.ends",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "settle-before-sync: transitions are called durable before they are written",
        file: GROUP,
        right: "        let written = desk.write(&self.commits);",
        wrong: "        for (mark, ticket) in &self.marks {\n            mark.advance(*ticket);\n        \
                }\n        let written = desk.write(&self.commits);",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "write-for-the-lost: a shard that was shut out is written for",
        file: GROUP,
        right: "if !submission.shut_out.is_shut() {",
        wrong: "if true {",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "tell-one: of a failure one shard is told",
        file: DESK,
        right: "self.lock().iter().for_each(",
        wrong: "self.lock().iter().take(1).for_each(",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "retire-at-once: nobody waits until a shard is shut out",
        file: COMMITTER,
        right: "        let _ended = wait.recv();",
        wrong: "        drop(wait);",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "lend-twice: a slot is seen to be free, and taken in a second step",
        file: SLOT,
        right: "        let free = |taken| (taken < max).then_some(taken + 1);",
        wrong: "        let seen = self.taken();\n        \
                let free = |taken| (seen < max).then_some(taken + 1);",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "leak-slot: a slot that was passed on is not given back",
        file: SLOT,
        right: "        self.slots.taken.fetch_sub(1, Ordering::SeqCst);",
        wrong: "        if self.renewals == 0 {\n            \
                self.slots.taken.fetch_sub(1, Ordering::SeqCst);\n        }",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "give-back-quietly: whoever gives a slot back offers it to nobody",
        file: SLOT,
        right: "        self.slots.given_back.wake();\n        self.slots.grant();",
        wrong: "        self.slots.given_back.wake();",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "join-quietly: whoever joins the line does not look for a slot",
        file: SLOT,
        right: "        // A slot may have been given back before the line was seen to be waiting.\n        \
                self.grant();",
        wrong: "",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "stay-paused: a queue that goes on wakes nobody",
        file: SLOT,
        right: "        self.is_paused.store(is_paused, Ordering::SeqCst);\n        self.grant();",
        wrong: "        self.is_paused.store(is_paused, Ordering::SeqCst);",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "hold-late: a thread that was given up keeps a slot",
        file: "framework/src/dispatch/lane.rs",
        right: "        let mut held = self.lock();\n        if self.is_retired() {\n            drop(held);",
        wrong: "        let is_retired = self.is_retired();\n        let mut held = self.lock();\n        \
                if is_retired {\n            drop(held);",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "wake-nobody: the end of a commit wakes nobody who waits for a turn",
        file: "framework/src/storage/sled/progress.rs",
        right: "        if waits {",
        wrong: "        if waits && self.leaves_poison {",
        noticed_by: Proof::Threads,
    },
    Fault {
        name: "release-early: what a transition causes happens before it is on disk",
        file: "framework/src/actor/pipeline.rs",
        right: "        self.durable = self.committer.mark().ticket();",
        wrong: "        self.durable = self.submitted;",
        noticed_by: Proof::Worlds,
    },
    Fault {
        name: "forget-request: a signal that comes twice is recorded twice",
        file: "framework/src/machine/execution/decide/signal.rs",
        right: "        .contains(&message.request_id)\n    {",
        wrong: "        .contains(&message.request_id)\n        && false\n    {",
        noticed_by: Proof::Worlds,
    },
    Fault {
        name: "ignore-cancel: a request to stop is acknowledged and not recorded",
        file: "framework/src/machine/execution/decide/request_cancel.rs",
        right: "    if draft.state().cancel_requested() {",
        wrong: "    if draft.state().started().is_some() {",
        noticed_by: Proof::Worlds,
    },
    Fault {
        name: "fire-early: a deadline passes with one that is due ten seconds before",
        file: "framework/src/machine/execution/decide/pass_deadlines.rs",
        right: "    if first.0 > now {",
        wrong: "    if first.0 > now.after(std::time::Duration::from_secs(10)) {",
        noticed_by: Proof::Worlds,
    },
    Fault {
        name: "retry-once-more: a policy of n attempts has one more",
        file: "framework/src/machine/execution/retry.rs",
        right: "attempt >= policy.max_attempts {",
        wrong: "attempt > policy.max_attempts {",
        noticed_by: Proof::Worlds,
    },
    Fault {
        name: "forget-index: the index is not told what a run stands at",
        file: "framework/src/actor/execution/step.rs",
        right: "            stands_otherwise || followed || found_otherwise || had_work != entry.has_work();",
        wrong: "            followed || found_otherwise || had_work != entry.has_work();",
        noticed_by: Proof::Worlds,
    },
    Fault {
        name: "drop-message: what a run has to say next to the same execution is not sent",
        file: "framework/src/machine/execution/decide/settle_message.rs",
        right: "    draft.deliver_first(&message.receiver.workflow_id);",
        wrong: "",
        noticed_by: Proof::Worlds,
    },
    Fault {
        name: "child-of-anybody: the end of a child is told to whoever asks",
        file: "framework/src/machine/execution/decide/end_child.rs",
        right: "    let is_ours = state.origin_of(initiated_event_id) == message.receiver.run_id;",
        wrong: "    let is_ours = state.origin_of(initiated_event_id) != message.receiver.run_id;",
        noticed_by: Proof::Worlds,
    },
    Fault {
        name: "reorder-buffer: what waits for a workflow task is recorded from its end",
        file: "framework/src/machine/execution/draft.rs",
        right: "        let mut buffered = std::mem::take(&mut self.state.buffer);",
        wrong: "        let mut buffered = std::mem::take(&mut self.state.buffer);\n        \
                buffered.reverse();",
        noticed_by: Proof::Worlds,
    },
];

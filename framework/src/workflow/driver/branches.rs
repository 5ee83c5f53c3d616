//! The branches of a program, which run beside its main routine and its handlers.

use std::{cell::Cell, rc::Rc};

use crate::workflow::{
    branch::End,
    driver::task::{Routine, Stray, Task},
    host::ProgramHost,
    waker::Polling,
};

/// Branches that have not returned, in the order in which they were begun.
#[derive(Debug, Default)]
pub(super) struct Branches(Vec<Branch>);

#[derive(Debug)]
struct Branch {
    task: Task<()>,
    end: Rc<Cell<End>>,
}

impl Branches {
    /// Polls those that were woken, also those that are begun meanwhile; returns how many.
    pub(super) fn poll(&mut self, host: &ProgramHost) -> u32 {
        // Most programs have none, and every activation looks.
        if self.0.is_empty() && !host.has_spawned() {
            return 0;
        }
        let mut polls = 0;
        let mut index = 0;
        loop {
            self.take_in(host);
            let Some(branch) = self.0.get_mut(index) else {
                break;
            };
            if branch.end.get() == End::Running {
                let poll = branch.task.poll_if_woken(&host.polling);
                polls += u32::from(poll.is_some());
            }
            index += 1;
        }
        // One may have been dropped by another that came later.
        self.0.retain(|branch| branch.end.get() == End::Running);
        polls
    }

    fn take_in(&mut self, host: &ProgramHost) {
        let spawned = host.take_spawned().into_iter();
        self.0.extend(spawned.map(|spawned| Branch {
            task: Task::new(Routine::Branch, spawned.future, &host.polling),
            end: spawned.end,
        }));
    }

    /// Looks at those that have come to rest; says whether one was woken for a second look.
    pub(super) fn examine(&mut self, polling: &Polling) -> Result<bool, Stray> {
        let mut looks_again = false;
        for branch in &mut self.0 {
            looks_again |= branch.end.get() == End::Running && branch.task.examine(polling)?;
        }
        Ok(looks_again)
    }

    /// Drops all of them.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

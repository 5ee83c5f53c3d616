//! What is said before and after.

use crate::{
    options::Options,
    parent::Lives,
    proof::{Account, Proof},
    workflow::STEPS,
};

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
pub(crate) fn introduce(options: &Options) {
    println!(
        "{} orders of {} activities, a timer and a signal each, in a process that is killed\n\
         with SIGKILL at random moments (seed {}) until all orders are done.\n",
        options.orders,
        STEPS.len(),
        options.seed,
    );
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
pub(crate) fn conclude(lives: &Lives, proof: &Proof) {
    println!(
        "\nAll orders ended after {} kills, in {:.1} s.\n",
        lives.killed,
        lives.elapsed.as_secs_f32(),
    );
    println!("              history     side file, written by the activities");
    println!("          events  done    attempts  failed  cut short  done, unrecorded");
    for account in &proof.accounts {
        print_row(account, &account.order);
    }
    let total = |count: fn(&Account) -> usize| proof.accounts.iter().map(count).sum();
    let unrecorded = total(|it| it.unrecorded);
    let all = Account {
        events: total(|it| it.events),
        completed: total(|it| it.completed),
        attempts: total(|it| it.attempts),
        failed: total(|it| it.failed),
        cut_short: total(|it| it.cut_short),
        unrecorded,
        ..Account::default()
    };
    print_row(&all, "all");
    println!(
        "\n  failed            returned an error, and was retried under its policy.\n  \
         cut short         killed midway; the next life made a further attempt at once.\n  \
         done, unrecorded  did its work, and was killed before the completion was recorded; it ran\n  \
         \x20                 again. This is why activities should be idempotent.\n\n\
         An attempt that was killed before its first line has left none, and counts nowhere.\n"
    );
    if proof.holds() {
        println!(
            "Proved: each of the {} activities has one completion in its history, the attempt that\n\
             it names ran to its end, and no attempt of that activity ran afterwards.",
            all.completed,
        );
        return;
    }
    println!("NOT AS PROMISED:");
    for account in &proof.accounts {
        for problem in &account.problems {
            println!("  {}: {problem}", account.order);
        }
    }
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
fn print_row(account: &Account, name: &str) {
    println!(
        "{name:<8}  {:>6}  {:>4}    {:>8}  {:>6}  {:>9}  {:>16}",
        account.events,
        account.completed,
        account.attempts,
        account.failed,
        account.cut_short,
        account.unrecorded,
    );
}

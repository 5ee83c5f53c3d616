//! How busy an engine is.

use maud::{Markup, html};
use sempre::runtime::EngineHealth;

use super::text;
use crate::{fields::link, visit::Visit};

/// The task queues: what runs, and who waits.
pub(super) fn queues(visit: &Visit, health: &EngineHealth) -> Markup {
    html! {
        @if health.task_queues.is_empty() {
            p.muted { "No activity is registered, so there is no task queue." }
        } @else {
            ul.queues {
                @for queue in &health.task_queues {
                    li {
                        div.head {
                            a.name href=(link("queue", &[("id", queue.task_queue.as_str())])) { (queue.task_queue) }
                            span.num {
                                (text::number(queue.attempts as u64)) " / "
                                (text::number(queue.max_attempts as u64))
                            }
                        }
                        (meter(queue.attempts, queue.max_attempts))
                        @if queue.waiting > 0 {
                            p.muted {
                                (text::count(queue.waiting, "activity waits", "activities wait"))
                                @if let Some(since) = queue.waiting_since {
                                    ", the first since " (text::at(visit, since))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How much of something is used, as a bar.
pub(super) fn meter(used: usize, of: usize) -> Markup {
    let percent = (used * 100).checked_div(of).unwrap_or_default().min(100);
    let label = format!("{used} of {of} slots are taken");
    html! {
        svg.meter role="img" aria-label=(label) viewBox="0 0 100 4" preserveAspectRatio="none" {
            rect.track x="0" y="0" width="100" height="4" {}
            rect.used x="0" y="0" width=(percent) height="4" {}
        }
    }
}

/// What a thread is called, without what only the operating system calls it.
fn name(thread: &str) -> &str {
    let name = thread.strip_prefix("thread=").unwrap_or(thread);
    name.split(' ').next().unwrap_or(name)
}

/// The threads that workflows run on.
pub(super) fn threads(health: &EngineHealth) -> Markup {
    html! {
        div.scroll tabindex="0" { table.tight {
            thead { tr {
                th { "Thread" }
                th.num title="Executions in memory" { "Resident" }
                th.num title="Executions that wait for a deadline" { "Deadlines" }
                th.num title="Transitions that are not on disk yet" { "Unwritten" }
            } }
            tbody { @for thread in &health.threads { tr {
                td {
                    span title=(thread.thread) { (name(&thread.thread)) }
                    @if let Some(running) = &thread.running { p.cause { (running) } }
                }
                @match thread.load {
                    Some(load) => {
                        td.num { (text::number(load.resident_executions as u64)) }
                        td.num { (text::number(load.deadlines as u64)) }
                        td.num { (text::number(load.unwritten_transitions)) }
                    }
                    None => { td colspan="3" { (text::badge("bad", "not responding")) } }
                }
            } } }
        } }
    }
}

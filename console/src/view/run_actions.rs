//! What can be done to a run, as forms.

use maud::{Markup, html};
use sempre::{
    client::{ActivityDescription, ProblemKind, WorkflowDescription},
    runtime::RegisteredWorkflow,
};

use super::form;
use crate::{action::POINTS, visit::Visit};

/// The forms of a run; those that change something are for those who may.
pub(super) fn forms(visit: &Visit, run: &WorkflowDescription) -> Markup {
    if visit.console.source.is_at_rest() {
        return html! {};
    }
    let code = visit.console.source.registered();
    let of_type = code.workflows.iter().rev();
    let mut of_type = of_type.filter(|it| it.workflow_type == run.workflow_type);
    let code = of_type.find(|it| run.version.is_none_or(|version| it.version == version));
    let is_open = run.status.is_open();
    html! {
        section.actions aria-label="Actions" {
            h2 { "Actions" }
            @if visit.who.is_none() {
                p.muted { "You can query the workflow but not change it. The access rule of the console says who can." }
            }
            (query(visit, run, code))
            @if visit.who.is_some() {
                @if is_open { (messages(visit, run, code)) (pause(visit, run)) (stops(visit, run)) }
                (reset(visit, run))
                @if !is_open { (delete(visit, run)) }
            }
        }
    }
}

fn target(run: &WorkflowDescription) -> [(&'static str, String); 2] {
    let execution = &run.execution;
    [
        ("id", execution.workflow_id.to_string()),
        ("run", execution.run_id.to_string()),
    ]
}

fn action(
    visit: &Visit,
    run: &WorkflowDescription,
    name: &str,
    inputs: &Markup,
    button: &Markup,
) -> Markup {
    let [(id, workflow_id), (run, run_id)] = target(run);
    let fields = [(id, workflow_id.as_str()), (run, run_id.as_str())];
    form::action(visit, name, &fields, inputs, button)
}

fn query(visit: &Visit, run: &WorkflowDescription, code: Option<&RegisteredWorkflow>) -> Markup {
    let known = code.map_or(&[][..], |it| &it.messages.queries);
    let inputs = html! { (form::name("Query", "queries", known)) (form::input()) };
    let form = action(visit, run, "query", &inputs, &form::button("Ask"));
    form::folded(
        "query",
        "Query",
        "Asks the workflow a question; changes nothing.",
        &form,
    )
}

fn messages(visit: &Visit, run: &WorkflowDescription, code: Option<&RegisteredWorkflow>) -> Markup {
    let names = code.map(|it| &it.messages);
    let signals = names.map_or(&[][..], |it| &it.signals);
    let updates = names.map_or(&[][..], |it| &it.updates);
    let signal = html! { (form::name("Signal", "signals", signals)) (form::input()) };
    let signal = action(visit, run, "signal", &signal, &form::button("Send"));
    let update = html! { (form::name("Update", "updates", updates)) (form::input()) };
    let update = action(visit, run, "update", &update, &form::button("Send"));
    html! {
        (form::folded("signal", "Signal", "Recorded in the history; there is no answer.", &signal))
        (form::folded("update", "Update", "Validated, carried out and answered.", &update))
    }
}

fn stops(visit: &Visit, run: &WorkflowDescription) -> Markup {
    let reason = || form::line("Reason", "reason", "", false);
    let nothing = html! {};
    let retry = action(visit, run, "retry", &nothing, &form::button("Retry now"));
    let cancel = action(
        visit,
        run,
        "cancel",
        &reason(),
        &form::button("Request cancellation"),
    );
    let sure = html! { (reason()) (form::confirm("End it without running its code")) };
    let terminate = action(visit, run, "terminate", &sure, &form::danger("Terminate"));
    let is_quarantined = |kind: &ProblemKind| *kind == ProblemKind::Quarantined;
    html! {
        (form::folded("retry", "Retry now", "Ends the backoff of its workflow task and its activities.", &retry))
        @if run.problems.iter().any(|it| is_quarantined(&it.kind)) {
            @let resume = action(visit, run, "resume", &nothing, &form::button("Resume"));
            (form::folded("resume", "Resume", "Releases it from quarantine.", &resume))
        }
        (form::folded("cancel", "Cancel", "Asks it to stop; its code decides how.", &cancel))
        (form::folded("terminate", "Terminate", "Ends it at once, without running its code.", &terminate))
    }
}

fn pause(visit: &Visit, run: &WorkflowDescription) -> Markup {
    let reason = form::line("Reason", "reason", "", false);
    if run.pause.is_some() {
        let form = action(visit, run, "unpause", &reason, &form::button("Unpause"));
        return form::folded("unpause", "Unpause", "Lets it go on.", &form);
    }
    let form = action(visit, run, "pause", &reason, &form::button("Pause"));
    let says = "Begins nothing of it until it is unpaused; what happens meanwhile is recorded.";
    form::folded("pause", "Pause", says, &form)
}

fn reset(visit: &Visit, run: &WorkflowDescription) -> Markup {
    let inputs = html! {
        label { "Back to" select name="to" {
            @for (name, needs) in POINTS {
                option value=(name) { (name) @if !needs.is_empty() { " (" (needs) ")" } }
            }
        } }
        (form::line("Which one", "point", "where the choice above needs it", false))
        (form::line("Reason", "reason", "", false))
        label.check { input type="checkbox" name="exclude_signals" value="1"; span { "Leave out later signals" } }
        label.check { input type="checkbox" name="exclude_updates" value="1"; span { "Leave out later updates" } }
        (form::confirm("End this run and go on in a new one from there"))
    };
    let form = action(visit, run, "reset", &inputs, &form::danger("Reset"));
    let says = "Starts a new run with the history up to a workflow task. What activities did since is not undone.";
    form::folded("reset", "Reset", says, &form)
}

fn delete(visit: &Visit, run: &WorkflowDescription) -> Markup {
    let sure = form::confirm("Delete this run and its history for good");
    let delete = action(visit, run, "delete", &sure, &form::danger("Delete"));
    form::folded(
        "delete",
        "Delete",
        "Nothing of the run is left then.",
        &delete,
    )
}

/// The buttons of a pending activity.
pub(super) fn of_activity(
    visit: &Visit,
    run: &WorkflowDescription,
    activity: &ActivityDescription,
) -> Markup {
    let [(id, workflow_id), (run, run_id)] = target(run);
    let fields = [
        (id, workflow_id.as_str()),
        (run, run_id.as_str()),
        ("activity", activity.activity_id.as_str()),
    ];
    let button = |name: &str, word: &str| {
        let button = html! { button.small type="submit" { (word) } };
        form::action(visit, name, &fields, &html! {}, &button)
    };
    let backs_off = activity.started_at.is_none() && activity.last_failure.is_some();
    html! {
        @if activity.pause.is_some() { (button("unpause-activity", "Unpause")) }
        @else {
            @if backs_off { (button("retry-activity", "Retry now")) }
            (button("pause-activity", "Pause"))
        }
        @if activity.attempt > 1 { (button("reset-activity", "Reset attempts")) }
    }
}

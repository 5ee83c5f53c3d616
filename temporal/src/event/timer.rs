//! Events of timers.

use sempre::model::event::timer;
use temporalio_protos::temporal::api::history::v1 as proto;

use super::attributes;

attributes!(timer::Started => TimerStartedEventAttributes {
    timer_id, start_to_fire_timeout, workflow_task_completed_event_id,
});

attributes!(timer::Fired => TimerFiredEventAttributes { timer_id, started_event_id });

attributes!(timer::Canceled => TimerCanceledEventAttributes {
    timer_id, started_event_id, workflow_task_completed_event_id, identity,
});

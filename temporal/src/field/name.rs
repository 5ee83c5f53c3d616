//! Names and ids.

use sempre::model::{
    ActivityId, ActivityType, EventId, Identity, RequestId, RunId, SignalName, TaskQueue, TimerId,
    UpdateId, UpdateName, WorkflowExecution, WorkflowId, WorkflowType,
};
use temporalio_protos::temporal::api::{
    common::v1 as common, enums::v1::TaskQueueKind, taskqueue::v1 as task_queue,
};
use uuid::Uuid;

use super::{Field, Malformed};

macro_rules! text {
    ($($id:ty),+) => { $(
        impl Field<String> for $id {
            fn to_field(&self) -> String {
                self.as_str().to_owned()
            }

            fn from_field(field: &String) -> Result<Self, Malformed> {
                Ok(field.as_str().into())
            }
        }
    )+ };
}

text!(
    ActivityId, TimerId, Identity, RequestId, SignalName, UpdateId, UpdateName, WorkflowId
);

macro_rules! named {
    ($($name:ident),+) => { $(
        impl Field<Option<common::$name>> for $name {
            fn to_field(&self) -> Option<common::$name> {
                Some(common::$name {
                    name: self.as_str().to_owned(),
                })
            }

            fn from_field(field: &Option<common::$name>) -> Result<Self, Malformed> {
                let name = field.as_ref().map(|it| it.name.as_str());
                Ok(name.unwrap_or_default().into())
            }
        }
    )+ };
}

named!(WorkflowType, ActivityType);

impl Field<Option<task_queue::TaskQueue>> for TaskQueue {
    fn to_field(&self) -> Option<task_queue::TaskQueue> {
        Some(task_queue::TaskQueue {
            name: self.as_str().to_owned(),
            kind: TaskQueueKind::Normal.into(),
            ..Default::default()
        })
    }

    fn from_field(field: &Option<task_queue::TaskQueue>) -> Result<Self, Malformed> {
        // A sticky queue belongs to one worker of Temporal's; its normal one to the workflow.
        let name = field.as_ref().map(|it| match it.normal_name.as_str() {
            "" => it.name.as_str(),
            normal => normal,
        });
        Ok(name.unwrap_or_default().into())
    }
}

impl Field<i64> for EventId {
    fn to_field(&self) -> i64 {
        self.get().to_field()
    }

    fn from_field(field: &i64) -> Result<Self, Malformed> {
        u64::from_field(field).map(Self::new)
    }
}

impl Field<String> for Option<RunId> {
    fn to_field(&self) -> String {
        self.unwrap_or_default().to_field()
    }

    fn from_field(field: &String) -> Result<Self, Malformed> {
        RunId::from_field(field).map(|it| Some(it).filter(|it| *it != RunId::default()))
    }
}

impl Field<Option<common::WorkflowExecution>> for Option<Box<WorkflowExecution>> {
    fn to_field(&self) -> Option<common::WorkflowExecution> {
        self.as_ref().map(|it| common::WorkflowExecution {
            workflow_id: it.workflow_id.to_field(),
            run_id: it.run_id.to_field(),
        })
    }

    fn from_field(field: &Option<common::WorkflowExecution>) -> Result<Self, Malformed> {
        let execution = field.as_ref().map(|it| {
            Ok(Box::new(WorkflowExecution {
                workflow_id: Field::from_field(&it.workflow_id)?,
                run_id: Field::from_field(&it.run_id)?,
            }))
        });
        execution.transpose()
    }
}

impl Field<String> for RunId {
    fn to_field(&self) -> String {
        if *self == Self::default() {
            String::new()
        } else {
            self.to_string()
        }
    }

    fn from_field(field: &String) -> Result<Self, Malformed> {
        if field.is_empty() {
            return Ok(Self::default());
        }
        // Schedules and test servers name runs freely. Such a run gets an id that follows from its
        // name; the name itself stays in the message.
        let named = || Uuid::new_v5(&Uuid::NAMESPACE_OID, field.as_bytes());
        Ok(Self::from(
            Uuid::parse_str(field).unwrap_or_else(|_| named()),
        ))
    }
}

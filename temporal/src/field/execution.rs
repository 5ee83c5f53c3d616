//! Which run is meant.

use sempre::model::WorkflowExecution;
use temporalio_protos::temporal::api::common::v1 as common;

use super::{Field, Malformed};

impl Field<Option<common::WorkflowExecution>> for WorkflowExecution {
    fn to_field(&self) -> Option<common::WorkflowExecution> {
        Some(common::WorkflowExecution {
            workflow_id: self.workflow_id.to_field(),
            run_id: self.run_id.to_field(),
        })
    }

    fn from_field(field: &Option<common::WorkflowExecution>) -> Result<Self, Malformed> {
        let Some(it) = field else {
            return Ok(Self::default());
        };
        Ok(Self {
            workflow_id: Field::from_field(&it.workflow_id)?,
            run_id: Field::from_field(&it.run_id)?,
        })
    }
}

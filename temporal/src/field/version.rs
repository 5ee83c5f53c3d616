//! Which build ran a workflow task, and which version of a workflow's code.
//!
//! A version is a deployment version of Temporal's that a run is pinned to: its deployment is the same
//! for all workflows, its build id is the number. One of another deployment is a worker's of Temporal,
//! and says nothing about code of ours.

use sempre::model::{BuildId, WorkflowVersion};
use temporalio_protos::temporal::api::{
    common::v1::WorkerVersionStamp, deployment::v1::WorkerDeploymentVersion,
};

use super::{Field, Malformed};

/// The deployment that versions belong to.
const DEPLOYMENT: &str = "workflow-version";

impl Field<Option<WorkerDeploymentVersion>> for Option<WorkflowVersion> {
    fn to_field(&self) -> Option<WorkerDeploymentVersion> {
        self.map(|version| WorkerDeploymentVersion {
            build_id: version.to_string(),
            deployment_name: DEPLOYMENT.to_owned(),
        })
    }

    fn from_field(field: &Option<WorkerDeploymentVersion>) -> Result<Self, Malformed> {
        let ours = field.as_ref().filter(|it| it.deployment_name == DEPLOYMENT);
        let number = ours.map(|it| it.build_id.parse::<u32>()).transpose();
        let number = number.map_err(|_| Malformed("version is not a number"))?;
        match number {
            Some(0) => Err(Malformed("version is zero")),
            number => Ok(number.map(WorkflowVersion::new)),
        }
    }
}

impl Field<Option<WorkerVersionStamp>> for Option<BuildId> {
    fn to_field(&self) -> Option<WorkerVersionStamp> {
        self.as_ref().map(|it| WorkerVersionStamp {
            build_id: it.as_str().to_owned(),
            ..WorkerVersionStamp::default()
        })
    }

    fn from_field(field: &Option<WorkerVersionStamp>) -> Result<Self, Malformed> {
        let named = field.as_ref().filter(|it| !it.build_id.is_empty());
        Ok(named.map(|it| it.build_id.as_str().into()))
    }
}

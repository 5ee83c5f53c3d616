//! Events of updates.
//!
//! The id of the message that brought an update follows from that of the update, so it is written
//! and not kept.

use sempre::model::event::update;
use temporalio_protos::temporal::api::{
    common::v1::Payloads,
    enums::v1::UpdateAdmittedEventOrigin,
    history::v1 as proto,
    update::v1::{self as message, outcome::Value},
};

use super::Attributes;
use crate::field::{Field, Malformed};

impl Attributes<proto::WorkflowExecutionUpdateAcceptedEventAttributes> for update::Accepted {
    fn to_attributes(&self) -> proto::WorkflowExecutionUpdateAcceptedEventAttributes {
        let update_id = &self.protocol_instance_id;
        let sequencing_event_id = &self.accepted_request_sequencing_event_id;
        proto::WorkflowExecutionUpdateAcceptedEventAttributes {
            protocol_instance_id: update_id.to_field(),
            accepted_request_message_id: format!("{update_id}/request"),
            accepted_request_sequencing_event_id: sequencing_event_id.to_field(),
            accepted_request: self.accepted_request.to_field(),
        }
    }

    fn from_attributes(
        message: &proto::WorkflowExecutionUpdateAcceptedEventAttributes,
    ) -> Result<Self, (&'static str, Malformed)> {
        let named = |name| move |what| (name, what);
        Ok(Self {
            protocol_instance_id: Field::from_field(&message.protocol_instance_id)
                .map_err(named("protocol_instance_id"))?,
            accepted_request_sequencing_event_id: Field::from_field(
                &message.accepted_request_sequencing_event_id,
            )
            .map_err(named("accepted_request_sequencing_event_id"))?,
            accepted_request: Field::from_field(&message.accepted_request)
                .map_err(named("accepted_request"))?,
        })
    }
}

impl Attributes<proto::WorkflowExecutionUpdateCompletedEventAttributes> for update::Completed {
    fn to_attributes(&self) -> proto::WorkflowExecutionUpdateCompletedEventAttributes {
        proto::WorkflowExecutionUpdateCompletedEventAttributes {
            meta: Some(message::Meta {
                update_id: self.update_id.to_field(),
                identity: self.identity.to_field(),
            }),
            accepted_event_id: self.accepted_event_id.to_field(),
            outcome: Some(self.outcome.to_field()),
        }
    }

    fn from_attributes(
        message: &proto::WorkflowExecutionUpdateCompletedEventAttributes,
    ) -> Result<Self, (&'static str, Malformed)> {
        let meta = message.meta.clone().unwrap_or_default();
        let named = |name| move |what| (name, what);
        Ok(Self {
            update_id: Field::from_field(&meta.update_id).map_err(named("meta"))?,
            identity: Field::from_field(&meta.identity).map_err(named("meta"))?,
            accepted_event_id: Field::from_field(&message.accepted_event_id)
                .map_err(named("accepted_event_id"))?,
            outcome: match &message.outcome {
                Some(outcome) => Field::from_field(outcome).map_err(named("outcome"))?,
                None => return Err(("outcome", Malformed("it is missing"))),
            },
        })
    }
}

impl Attributes<proto::WorkflowExecutionUpdateAdmittedEventAttributes> for update::Admitted {
    fn to_attributes(&self) -> proto::WorkflowExecutionUpdateAdmittedEventAttributes {
        proto::WorkflowExecutionUpdateAdmittedEventAttributes {
            request: self.request.to_field(),
            origin: UpdateAdmittedEventOrigin::Reapply.into(),
        }
    }

    fn from_attributes(
        message: &proto::WorkflowExecutionUpdateAdmittedEventAttributes,
    ) -> Result<Self, (&'static str, Malformed)> {
        let request = Field::from_field(&message.request).map_err(|what| ("request", what))?;
        Ok(Self { request })
    }
}

impl Field<Option<message::Request>> for Option<update::Request> {
    fn to_field(&self) -> Option<message::Request> {
        self.as_ref().map(|request| message::Request {
            meta: Some(message::Meta {
                update_id: request.update_id.to_field(),
                identity: request.identity.to_field(),
            }),
            input: Some(message::Input {
                name: request.name.to_field(),
                args: request.input.to_field(),
                header: request.header.to_field(),
            }),
            ..Default::default()
        })
    }

    fn from_field(field: &Option<message::Request>) -> Result<Self, Malformed> {
        let Some(request) = field else {
            return Ok(None);
        };
        let meta = request.meta.clone().unwrap_or_default();
        let input = request.input.clone().unwrap_or_default();
        Ok(Some(update::Request {
            update_id: Field::from_field(&meta.update_id)?,
            identity: Field::from_field(&meta.identity)?,
            name: Field::from_field(&input.name)?,
            input: Field::from_field(&input.args)?,
            header: Field::from_field(&input.header)?,
        }))
    }
}

impl Field<message::Outcome> for update::Outcome {
    fn to_field(&self) -> message::Outcome {
        let value = match self {
            Self::Success(result) => {
                let result: Option<Payloads> = result.to_field();
                Value::Success(result.unwrap_or_default())
            }
            Self::Failure(failure) => Value::Failure((**failure).to_field()),
        };
        message::Outcome { value: Some(value) }
    }

    fn from_field(field: &message::Outcome) -> Result<Self, Malformed> {
        match &field.value {
            Some(Value::Success(result)) => {
                Ok(Self::Success(Field::from_field(&Some(result.clone()))?))
            }
            Some(Value::Failure(failure)) => {
                Ok(Self::Failure(Box::new(Field::from_field(failure)?)))
            }
            None => Err(Malformed("it is neither a success nor a failure")),
        }
    }
}

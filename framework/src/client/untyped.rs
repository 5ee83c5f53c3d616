//! Executions without the types of their programs, for tools that meet any of them.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    client::{
        ExecutionHandle, QueryWorkflowError, ResultError, SendSignal, SendUpdate, StartWorkflow,
        WorkflowHandle,
    },
    definition::ApplicationFailure,
    model::{Payloads, QueryName, SignalName, UpdateName, WorkflowType},
};

/// A workflow of any type, in handles that do not know which.
///
/// [`Engine::execution`](crate::Engine::execution) makes them. What they are given and give back is
/// whatever can be written and read: `serde_json::Value` fits everything but bytes.
#[derive(Debug)]
pub enum AnyWorkflow {}

/// A handle that does not know the types of its workflow.
///
/// # Examples
/// ```
/// # use sempre::guide::example::Order;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use serde_json::{Value, json};
///
/// let order = engine.execution("order-42").start("Order", &()).await?;
/// for run in engine.list("ExecutionStatus = 'Running'").await?.runs {
///     let order = engine.execution(run.workflow_id);
///     assert_eq!(order.query::<Value>("is_approved", &()).await?, json!(false));
///     order.signal("approve", &()).await?;
/// }
/// assert_eq!(order.result::<Value>().await?, json!("approved"));
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub type UntypedHandle = WorkflowHandle<AnyWorkflow>;

impl ExecutionHandle<AnyWorkflow> {
    /// Starts the execution with a workflow of this type; see [`StartWorkflow`] for the options.
    ///
    /// A type that is not registered is no error: the run waits for it.
    ///
    /// # Errors
    /// [`StartWorkflowError`](crate::client::StartWorkflowError) if the id is taken, the input is
    /// too large or cannot be written, or the engine does not answer.
    pub fn start<T>(
        &self,
        workflow_type: impl Into<WorkflowType>,
        input: &T,
    ) -> StartWorkflow<AnyWorkflow>
    where
        T: Serialize + DeserializeOwned + 'static,
    {
        let input = Payloads::encode_readable(input);
        StartWorkflow::new(self.to_handle(), workflow_type.into(), input)
    }

    /// Sends the signal of this name; see [`SendSignal`] for how to send it at most once.
    ///
    /// A workflow that does not know it keeps it and says so in `describe`.
    ///
    /// # Errors
    /// [`SignalWorkflowError`](crate::client::SignalWorkflowError) if there is no open run, the
    /// input is too large or cannot be written, or the engine does not answer.
    pub fn signal<T>(&self, name: impl Into<SignalName>, input: &T) -> SendSignal<AnyWorkflow>
    where
        T: Serialize + DeserializeOwned + 'static,
    {
        SendSignal::new(
            Arc::clone(self.shared_service()),
            self.target(),
            name.into(),
            Payloads::encode_readable(input),
            self.identity().clone(),
        )
    }

    /// Has the workflow carry the update of this name out; see [`SendUpdate`] for how to do so at most
    /// once.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// use serde_json::{Value, json};
    ///
    /// let order = engine.execution("order-42").start("Order", &()).await?;
    /// assert_eq!(order.update::<Value>("set_quantity", &json!(3)).await?, json!(3));
    ///
    /// let error = order.update::<Value>("set_quantity", &json!(0)).await.unwrap_err();
    /// assert_eq!(error.to_string(), "update is rejected: nothing is ordered");
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`UpdateError`](crate::client::UpdateError) if it is rejected, fails, there is no open run, or
    /// the engine does not answer.
    pub fn update<T: DeserializeOwned + 'static>(
        &self,
        name: impl Into<UpdateName>,
        input: &(impl Serialize + DeserializeOwned + 'static),
    ) -> SendUpdate<T, ApplicationFailure> {
        SendUpdate::new(self, name.into(), Payloads::encode_readable(input))
    }

    /// Asks the question of this name. Nothing is recorded; a closed run answers too.
    ///
    /// # Errors
    /// [`QueryWorkflowError`] if there is no such run or query, the program cannot be asked now,
    /// the answer is no `T`, or the engine does not answer.
    pub async fn query<T: DeserializeOwned>(
        &self,
        name: impl Into<QueryName>,
        input: &(impl Serialize + DeserializeOwned + 'static),
    ) -> Result<T, QueryWorkflowError> {
        let input = Payloads::encode_readable(input)?;
        let asked = self.service().query(self.target(), name.into(), input);
        Ok(asked.await?.decode()?)
    }

    /// Waits until the run has closed, and returns what its program returned.
    ///
    /// # Errors
    /// [`ResultError`] keeps two things apart: how else the run ended, which will not change, and
    /// what went wrong with the request, which may be repeated.
    pub async fn result<T: DeserializeOwned>(&self) -> Result<T, ResultError<ApplicationFailure>> {
        self.result_as().await
    }
}

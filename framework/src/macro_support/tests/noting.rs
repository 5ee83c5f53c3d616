//! A sempre whose client notes what is sent; `#[handlers(crate = …)]` names it in these tests.

pub(super) use crate::{definition, workflow};

/// Support as it is, and a typed handle in any case.
pub(super) mod __macro_support {
    pub(crate) use crate::__macro_support::*;

    macro_rules! typed_handle {
        ($($content:tt)*) => { $($content)* };
    }

    pub(crate) use typed_handle;
}

/// The client.
pub(super) mod client {
    use std::{
        convert::Infallible,
        future::{Future, ready},
        marker::PhantomData,
        pin::Pin,
        sync::{Mutex, PoisonError},
        task::{Context, Poll},
    };

    use serde::{Serialize, de::DeserializeOwned};

    use crate::{
        definition::{Query, Signal, Workflow},
        model::Payloads,
    };

    /// A signal that has been noted already.
    pub(crate) struct SendSignal<W>(PhantomData<fn() -> W>);

    impl<W> Future for SendSignal<W> {
        type Output = Result<(), Infallible>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            Poll::Ready(Ok(()))
        }
    }

    #[derive(PartialEq, Debug)]
    pub(crate) struct QueryWorkflowError;

    /// Notes every message, and answers a query with its own input.
    pub(crate) struct WorkflowHandle<W> {
        sent: Mutex<Vec<(&'static str, Payloads)>>,
        workflow: PhantomData<fn() -> W>,
    }

    pub(crate) use WorkflowHandle as ExecutionHandle;

    impl<W: Workflow> WorkflowHandle<W> {
        pub(crate) fn new() -> Self {
            Self {
                sent: Mutex::default(),
                workflow: PhantomData,
            }
        }

        #[expect(clippy::needless_pass_by_value, reason = "the shape of the client")]
        pub(crate) fn signal<S: Signal<Workflow = W>>(&self, input: S::Input) -> SendSignal<W> {
            self.note(S::NAME, &input);
            SendSignal(PhantomData)
        }

        #[expect(clippy::needless_pass_by_value, reason = "the shape of the client")]
        pub(crate) fn query<Q: Query<Workflow = W>>(
            &self,
            input: Q::Input,
        ) -> impl Future<Output = Result<Q::Output, QueryWorkflowError>> + Send + use<W, Q>
        where
            Q::Output: Send,
        {
            self.note(Q::NAME, &input);
            ready(echo(&input).ok_or(QueryWorkflowError))
        }

        pub(crate) fn sent(self) -> Vec<(&'static str, Payloads)> {
            self.sent
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)
        }

        fn note<T: Serialize>(&self, name: &'static str, input: &T) {
            let input = Payloads::encode(input).expect("it encodes");
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.push((name, input));
        }
    }

    fn echo<I: Serialize, O: DeserializeOwned>(input: &I) -> Option<O> {
        Payloads::encode(input).ok()?.decode().ok()
    }
}

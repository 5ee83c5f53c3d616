//! How much callers have under way, and the bound on it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use derive_more::Debug;

use crate::{
    actor::{ExecutionRequest, Refusal, ShardMail},
    model::{Namespace, Namespaces, WorkflowId},
};

/// How long a caller is asked to wait when there is too much to do. A shard does thousands of
/// requests in this time.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// How much callers may have under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RequestLimits {
    /// Requests that have no answer yet. Default: 65,536.
    pub max_requests: usize,
    /// The bytes of their inputs. Default: 256 MiB.
    pub max_bytes: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            max_requests: 64 * 1024,
            max_bytes: 256 * 1024 * 1024,
        }
    }
}

/// How much callers have under way.
#[derive(Debug, Default)]
pub(crate) struct RequestLoad {
    limits: RequestLimits,
    requests: AtomicUsize,
    bytes: AtomicUsize,
    /// The same of each namespace that has a limit of its own.
    by_namespace: BTreeMap<Namespace, Arc<Self>>,
}

impl RequestLoad {
    /// Nothing yet, within these limits and those of the namespaces.
    pub(crate) fn new(limits: RequestLimits, namespaces: &Namespaces) -> Arc<Self> {
        let limited = namespaces.names().filter_map(|namespace| {
            let max_requests = namespaces.rules(&namespace).max_requests?;
            let limits = RequestLimits {
                max_requests,
                ..limits
            };
            let load = Self {
                limits,
                ..Self::default()
            };
            Some((namespace, Arc::new(load)))
        });
        Arc::new(Self {
            limits,
            by_namespace: limited.collect(),
            ..Self::default()
        })
    }

    /// Requests without an answer, and the bytes of their inputs.
    pub(crate) fn now(&self) -> (usize, usize) {
        let requests = self.requests.load(Ordering::Relaxed);
        (requests, self.bytes.load(Ordering::Relaxed))
    }

    /// Counts a request until what is returned is dropped, or refuses it.
    ///
    /// Waiting for a result counts nothing: it may last for months, and takes no more memory here
    /// than at the caller.
    pub(crate) fn admit(
        self: &Arc<Self>,
        workflow_id: &WorkflowId,
        mail: &ShardMail,
    ) -> Result<Counted, Refusal> {
        let is_wait = matches!(
            mail,
            ShardMail::Request(
                _,
                ExecutionRequest::AwaitClose(_) | ExecutionRequest::AwaitUpdate(..)
            )
        );
        let (requests, bytes) = if is_wait {
            (0, 0)
        } else {
            (1, mail.input_bytes())
        };
        let own = workflow_id
            .namespace_name()
            .and_then(|namespace| self.by_namespace.get(namespace));
        let own = own.map(|load| load.count(requests, bytes)).transpose()?;
        let mut counted = self.count(requests, bytes)?;
        counted.of_namespace = own.map(Box::new);
        Ok(counted)
    }

    /// Counts something; a wait is counted as nothing, and always is.
    fn count(self: &Arc<Self>, requests: usize, bytes: usize) -> Result<Counted, Refusal> {
        let is_wait = requests == 0;
        let counted = Counted {
            load: Arc::clone(self),
            requests,
            bytes,
            of_namespace: None,
        };
        let before = self.requests.fetch_add(requests, Ordering::Relaxed);
        let bytes_before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        // Bound: a single request is always admitted, so that none is refused for ever.
        let fits = before < self.limits.max_requests
            && (bytes_before == 0 || bytes_before.saturating_add(bytes) <= self.limits.max_bytes);
        if is_wait || fits {
            return Ok(counted);
        }
        Err(Refusal::Busy {
            retry_after: RETRY_AFTER,
        })
    }
}

/// A request that counts until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    load: Arc<RequestLoad>,
    requests: usize,
    bytes: usize,
    /// The same in the namespace that it is for, if that has a limit of its own.
    of_namespace: Option<Box<Self>>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.load
            .requests
            .fetch_sub(self.requests, Ordering::Relaxed);
        self.load.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Mail of a caller, which counts until the shard takes it.
#[derive(Debug)]
pub(crate) struct CountedMail {
    pub(super) mail: ShardMail,
    _counted: Arc<Counted>,
}

impl CountedMail {
    /// Mail of a request that counts.
    pub(crate) fn new(mail: ShardMail, counted: Arc<Counted>) -> Self {
        Self {
            mail,
            _counted: counted,
        }
    }
}

impl actix::Message for CountedMail {
    type Result = ();
}

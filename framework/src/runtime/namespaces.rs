//! Namespaces of an engine: what a builder is told of them, and the engine as their clients see it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use derive_more::{Debug, Display, Error};

use crate::{
    client::NamespacedService,
    model::{
        Namespace, NamespaceRules, Namespaces, Retention, SearchAttribute, WorkflowType, limits,
    },
    runtime::{Engine, EngineBuilder, StartEngineError, attributes::Attributes},
    visibility::nearest,
};

/// The settings of a namespace. What it does not set, the engine's own settings decide.
///
/// # Examples
/// ```
/// use sempre::{NamespaceOptions, SearchAttribute};
/// use std::time::Duration;
///
/// const INVOICE: SearchAttribute<i64> = SearchAttribute::int("Invoice");
///
/// let billing = NamespaceOptions::default()
///     .retention(Duration::from_secs(365 * 86_400))
///     .search_attribute(INVOICE)
///     .max_requests(1_000);
/// # let _ = billing;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing unless a builder is given them"]
pub struct NamespaceOptions {
    retention: Option<Retention>,
    attributes: Attributes,
    max_requests: Option<usize>,
}

impl NamespaceOptions {
    /// Sets how long its runs are kept after their close, as [`EngineBuilder::retention`] does. A
    /// namespace that sets any retention inherits none of the engine's.
    pub fn retention(mut self, time: Duration) -> Self {
        self.retention.get_or_insert_default().keep_all(time);
        self
    }

    /// Sets how long its runs of one workflow type are kept after their close.
    pub fn retention_of(mut self, workflow_type: impl Into<WorkflowType>, time: Duration) -> Self {
        let retention = self.retention.get_or_insert_default();
        retention.keep_type(workflow_type.into(), time);
        self
    }

    /// Adds a search attribute that its runs may have, beside those that
    /// [the engine](EngineBuilder::search_attribute) knows everywhere.
    pub fn search_attribute<T>(mut self, attribute: SearchAttribute<T>) -> Self {
        self.attributes.declare(attribute);
        self
    }

    /// Sets how many requests of its callers may be without an answer at once; at least 1. Past it
    /// callers are [told to wait](crate::client::RequestError::Busy), while those of other namespaces
    /// go on. Default: as many as [in the whole engine](EngineBuilder::max_requests).
    pub fn max_requests(mut self, requests: usize) -> Self {
        self.max_requests = Some(requests.max(1));
        self
    }
}

/// What a builder is told of namespaces.
#[derive(Clone, Debug, Default)]
pub(super) struct NamespacePlan {
    declared: BTreeMap<Namespace, NamespaceOptions>,
    repeated: Option<Namespace>,
}

impl NamespacePlan {
    /// All namespaces, of which this holds where they say nothing.
    pub(super) fn build(
        &self,
        retention: &Retention,
        attributes: &Attributes,
    ) -> Result<Namespaces, StartEngineError> {
        let refused = |(name, problem)| StartEngineError::SearchAttribute { name, problem };
        attributes.refused().map_or(Ok(()), |it| Err(refused(it)))?;
        let default = NamespaceRules {
            retention: retention.clone(),
            schema: attributes.schema.clone(),
            max_requests: None,
        };
        check_retention(retention)?;
        let mut declared = BTreeMap::new();
        for (namespace, options) in &self.declared {
            self.check_name(namespace)?;
            let refused_here = options.attributes.refused();
            refused_here.map_or(Ok(()), |it| Err(refused(it)))?;
            let rules = NamespaceRules {
                retention: options.retention.as_ref().unwrap_or(retention).clone(),
                schema: options
                    .attributes
                    .beside(&default.schema)
                    .map_err(refused)?,
                max_requests: options.max_requests,
            };
            check_retention(&rules.retention)?;
            declared.insert(namespace.clone(), rules);
        }
        Ok(Namespaces::new(default, declared))
    }

    fn check_name(&self, namespace: &Namespace) -> Result<(), StartEngineError> {
        let problem = if namespace.is_default() {
            "every engine has it, and the builder says what holds there"
        } else if !namespace.is_valid() {
            "its name is not 1 to 100 letters, digits, -, _ and ."
        } else if self.repeated.as_ref() == Some(namespace) {
            "it is declared twice"
        } else {
            return Ok(());
        };
        let namespace = namespace.clone();
        Err(StartEngineError::Namespace { namespace, problem })
    }
}

fn check_retention(retention: &Retention) -> Result<(), StartEngineError> {
    match retention.shortest() {
        Some(retention) if retention < limits::RETENTION_MIN => {
            Err(StartEngineError::Retention { retention })
        }
        _ => Ok(()),
    }
}

/// There is no such namespace. Declare it by [`EngineBuilder::namespace`], or name one that there is.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("there is no namespace {namespace}{}", nearest.as_ref().map_or_else(
    || "; declare it with EngineBuilder::namespace".to_owned(),
    |it| format!("; did you mean {it}?"),
))]
#[non_exhaustive]
pub struct UnknownNamespace {
    /// The one that was asked for.
    pub namespace: Namespace,
    /// One whose name is much alike, if there is one.
    pub nearest: Option<Namespace>,
}

impl EngineBuilder {
    /// Adds a namespace: a part of the store whose workflow ids, lists, schedules, bulk jobs, retention,
    /// search attributes and limits are its own. [`Engine::namespace`] is the way to it.
    ///
    /// Code, task queues, threads and what operators set for them are shared by all namespaces.
    /// Namespaces are not access control: whoever holds an engine can reach all of them. The runs of one
    /// that is no longer declared go on, but clients cannot reach them; the engine warns at its start.
    /// [The guide](crate::guide::namespaces) says more.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{Engine, NamespaceOptions, guide::example::{Order, OrderHandle as _}};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = std::sync::Arc::new(sempre::storage::MemoryStore::new());
    /// let engine = Engine::on_store(store)
    ///     .workflow::<Order>()
    ///     .namespace("billing", NamespaceOptions::default())
    ///     .start()
    ///     .await?;
    /// let billing = engine.namespace("billing")?;
    ///
    /// // One id, and two executions.
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// let bill = billing.workflow::<Order>("order-42").start(()).await?;
    /// order.approve().await?;
    /// assert!(!bill.is_approved().await?);
    /// assert_eq!(billing.count("ExecutionStatus = 'Running'").await?.total, 1);
    ///
    /// assert!(engine.namespace("biling").unwrap_err().to_string().contains("did you mean billing?"));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn namespace(mut self, name: impl Into<Namespace>, options: NamespaceOptions) -> Self {
        let name = name.into();
        let plan = &mut self.namespaces;
        if plan.declared.insert(name.clone(), options).is_some() {
            plan.repeated = Some(name);
        }
        self
    }
}

impl Engine {
    /// The same engine, limited to a namespace: what is started, listed, scheduled and steered by it is
    /// there.
    ///
    /// A cheap clone; [`shutdown`](Self::shutdown) of either stops both.
    ///
    /// # Errors
    /// [`UnknownNamespace`] if there is none of this name, with the nearest one.
    pub fn namespace(&self, name: impl Into<Namespace>) -> Result<Self, UnknownNamespace> {
        let (namespace, inner) = (name.into(), Arc::clone(&self.inner));
        if inner.namespaces.get(&namespace).is_none() {
            return Err(UnknownNamespace {
                nearest: nearest(namespace.as_str(), inner.namespaces.names()),
                namespace,
            });
        }
        let client = inner.client.within(&namespace);
        Ok(Self {
            service: NamespacedService::of(&inner.service, &namespace),
            client,
            namespace,
            inner,
        })
    }

    /// The namespace that this is the engine of; the default one, unless
    /// [`namespace`](Self::namespace) has named another.
    pub fn namespace_name(&self) -> &Namespace {
        &self.namespace
    }

    /// The namespaces that there are: the default one, and those that the engine was described with.
    pub fn namespaces(&self) -> Vec<Namespace> {
        self.inner.namespaces.names().collect()
    }

    /// What holds in the namespace of this engine.
    pub(super) fn rules(&self) -> &NamespaceRules {
        self.inner.namespaces.rules(&self.namespace)
    }
}

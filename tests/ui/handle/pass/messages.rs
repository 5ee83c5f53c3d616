//! Every form of a signal, of a query and of an update, sent by the typed handle of a client.
#![deny(warnings, missing_docs, unreachable_pub)]

use sempre::{client::WorkflowHandle, workflow::WorkflowHandlers};

mod fulfilment {
    use std::time::Duration;

    use sempre::{Workflow, WorkflowContext, handlers};

    #[derive(Clone, serde::Serialize, serde::Deserialize)]
    pub(crate) struct Item {
        pub(crate) name: String,
    }

    #[derive(Workflow, Default)]
    pub(crate) struct Fulfilment {
        approved_by: Option<String>,
        items: Vec<Item>,
    }

    #[handlers]
    impl Fulfilment {
        #[run]
        async fn run(ctx: WorkflowContext<Self>) {
            // A run that is canceled while it waits has nothing left to do.
            let _ = ctx.wait_until(|state| state.approved_by.is_some()).await;
        }

        /// Approves the order.
        #[signal]
        pub(crate) fn approve(&mut self, by: String) {
            self.approved_by = Some(by);
        }

        #[signal(name = "clear-items")]
        fn clear(&mut self) {
            self.items.clear();
        }

        #[signal]
        async fn add(ctx: WorkflowContext<Self>, Item { name }: Item) {
            if ctx.sleep(Duration::from_secs(1)).await.is_ok() {
                ctx.update(|state| state.items.push(Item { name }));
            }
        }

        #[signal]
        #[cfg(any())]
        fn compiled_out(&mut self, missing: Missing) {}

        /// Replaces all items; says how many there were.
        #[update]
        pub(crate) fn replace(&mut self, items: Vec<Item>) -> usize {
            std::mem::replace(&mut self.items, items).len()
        }

        #[validate(replace)]
        fn check_replace(&self, items: &Vec<Item>) -> Result<(), sempre::Canceled> {
            if items.is_empty() {
                Err(sempre::Canceled::default())
            } else {
                Ok(())
            }
        }

        #[update(name = "wait-a-second")]
        pub(crate) async fn wait(ctx: WorkflowContext<Self>) -> Result<(), sempre::Canceled> {
            ctx.sleep(Duration::from_secs(1)).await
        }

        #[query]
        pub(crate) fn items(&self) -> Vec<Item> {
            self.items.clone()
        }

        #[query(name = "has-item")]
        fn has(&self, name: String) -> Result<(), String> {
            let found = self.items.iter().any(|item| item.name == name);
            found.then_some(()).ok_or(name)
        }
    }

    #[expect(dead_code, reason = "it is compiled, not called")]
    async fn in_the_same_module(order: super::WorkflowHandle<Fulfilment>) {
        let _ = order.clear().await;
        let _ = order.has("tea".into()).await;
    }
}

use fulfilment::{Fulfilment, FulfilmentHandle as _, Item};

fn is_send<T: Send>(value: T) -> T {
    value
}

#[expect(dead_code, reason = "it is compiled, not called")]
async fn in_another_module(order: WorkflowHandle<Fulfilment>) {
    let item = Item { name: "tea".into() };
    assert!(is_send(order.approve("ada".into())).await.is_ok());
    assert!(is_send(order.add(item)).await.is_ok());
    assert!(
        is_send(order.replace(vec![]))
            .await
            .is_ok_and(|before| before == 1)
    );
    assert!(is_send(order.wait().id("wait-7").start()).await.is_ok());
    assert!(
        is_send(order.items())
            .await
            .is_ok_and(|items| items.len() == 1)
    );
}

fn main() {
    let signals: Vec<_> = Fulfilment::SIGNALS
        .iter()
        .map(|signal| signal.name)
        .collect();
    assert_eq!(signals, ["approve", "clear-items", "add"]);
    let queries: Vec<_> = Fulfilment::QUERIES.iter().map(|query| query.name).collect();
    assert_eq!(queries, ["items", "has-item"]);
    let updates: Vec<_> = Fulfilment::UPDATES
        .iter()
        .map(|update| update.name)
        .collect();
    assert_eq!(updates, ["replace", "wait-a-second"]);
}

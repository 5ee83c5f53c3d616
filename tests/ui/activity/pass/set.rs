//! Every form of an activity that is a method, used from other modules as a value and as a method.
#![deny(warnings, missing_docs, unreachable_pub)]

use sempre::{ActivityContext, activity::ActivityRegistry, definition::Activity};

mod billing {
    use sempre::{ActivityContext, ApplicationFailure, activities};

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(crate) struct Card {
        pub(crate) number: String,
    }

    #[derive(Default)]
    pub(crate) struct Billing {
        declined: Vec<String>,
    }

    #[activities]
    impl Billing {
        /// Charges a card once.
        #[activity(
            name = "billing.charge",
            task_queue = "billing",
            start_to_close = "30s",
            schedule_to_close = "1h 30m",
            schedule_to_start = "500ms",
            heartbeat = "10s",
            retry(
                initial_interval = "1s",
                backoff = 1.5,
                max_interval = "1m",
                max_attempts = 5,
                non_retryable("Declined", "Stolen"),
            )
        )]
        pub(crate) async fn charge(
            &self,
            _ctx: ActivityContext,
            Card { number }: Card,
        ) -> Result<usize, ApplicationFailure> {
            self.check(&number).await?;
            Ok(number.len())
        }

        #[sempre::activity(start_to_close = "10s")]
        pub(crate) fn declined(&self) -> Vec<String> {
            self.declined.clone()
        }

        #[activity(start_to_close = "10s")]
        async fn twin(&self, charge: usize) -> Option<usize> {
            charge.checked_sub(Self::FEE)
        }

        const FEE: usize = 1;

        async fn check(&self, number: &String) -> Result<(), ApplicationFailure> {
            std::future::ready(()).await;
            if self.declined.contains(number) {
                return Err(ApplicationFailure::new("declined", "Declined").non_retryable());
            }
            Ok(())
        }
    }

    #[cfg(any())]
    mod absent {}

    pub(crate) fn types() -> [&'static str; 2] {
        [
            super::type_of(Billing::twin),
            super::type_of(Billing::charge),
        ]
    }
}

fn type_of<A: Activity>(_: A) -> &'static str {
    A::TYPE
}

fn is_send<T: Send>(_: &T) {}

fn main() {
    use billing::{Billing, BillingActivities as _, Card};

    assert_eq!(type_of(Billing::charge), "billing.charge");
    assert_eq!(billing::types(), ["twin", "billing.charge"]);

    let billing = Billing::default();
    let call = |ctx: ActivityContext| {
        let number = String::new();
        is_send(&billing.charge(ctx, Card { number }));
    };
    let _ = call;
    assert!(billing.declined().is_empty());

    let mut registry = ActivityRegistry::default();
    registry.register(billing);
    assert_eq!(registry.types().count(), 3);
}

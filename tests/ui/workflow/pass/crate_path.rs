//! Sempre under another path, in a module where its own name means something else.
#![deny(warnings)]

mod vendor {
    pub use sempre as durable;
}

mod workflows {
    use crate::vendor::durable::{Workflow, WorkflowContext, activities, activity, handlers};

    // In the way on purpose.
    mod sempre {}

    #[derive(Workflow, Default)]
    #[workflow(crate = crate::vendor::durable)]
    pub struct Order;

    #[handlers(crate = crate::vendor::durable)]
    impl Order {
        #[run]
        async fn run(_: WorkflowContext<Self>) {}
    }

    #[activity(crate = crate::vendor::durable, schedule_to_close = "1m", heartbeat = "1s")]
    pub fn greet() {}

    pub struct Billing;

    #[activities(crate = crate::vendor::durable)]
    impl Billing {
        #[activity(start_to_close = "10s")]
        pub fn charge(&self) {}
    }

    #[derive(Debug, derive_more::Display, derive_more::Error, crate::vendor::durable::Failure)]
    #[failure(crate = crate::vendor::durable)]
    #[display("broken")]
    pub struct Broken;
}

fn main() {
    use sempre::definition::{Activity, Failure, Workflow};

    assert_eq!(workflows::Order::TYPE, "Order");
    assert_eq!(<workflows::greet as Activity>::TYPE, "greet");
    let _ = (workflows::Billing::charge, workflows::Broken.to_failure());
}

//! Tests of the typed handle that `#[handlers]` writes.

use futures::future::FutureExt;

use super::{
    noting,
    noting::client::{QueryWorkflowError, WorkflowHandle},
};
use crate::{Workflow, WorkflowContext, handlers, model::Payloads};

#[derive(Workflow, Default)]
struct Door {
    opened: u32,
}

#[handlers(crate = noting)]
impl Door {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>) {}

    /// Opens it.
    #[signal]
    fn open(&mut self) {
        self.opened += 1;
    }

    #[signal(name = "Knock")]
    async fn knock(ctx: WorkflowContext<Self>, times: u32) {
        ctx.update(|door| door.opened += times);
    }

    #[query]
    fn opened(&self, above: Option<u32>) -> Option<u32> {
        Some(self.opened).filter(|opened| Some(*opened) > above)
    }

    #[query(name = "Material")]
    fn material(&self) -> String {
        "oak".into()
    }
}

#[test]
fn each_message_is_a_method_of_the_handle() {
    let door = WorkflowHandle::<Door>::new();
    assert_eq!(door.open().now_or_never(), Some(Ok(())));
    assert_eq!(door.knock(3).now_or_never(), Some(Ok(())));
    assert_eq!(door.opened(Some(7)).now_or_never(), Some(Ok(Some(7))));
    assert_eq!(
        door.material().now_or_never(),
        Some(Err(QueryWorkflowError))
    );
    let expected = [
        ("open", Payloads::EMPTY),
        ("Knock", Payloads::encode(&3).expect("it encodes")),
        ("opened", Payloads::encode(&7).expect("it encodes")),
        ("Material", Payloads::EMPTY),
    ];
    assert_eq!(door.sent(), expected);
}

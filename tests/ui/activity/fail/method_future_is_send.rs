use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity(start_to_close = "30s")]
    async fn charge(&self) {
        let card = std::rc::Rc::new(());
        std::future::ready(()).await;
        drop(card);
    }
}

fn main() {}

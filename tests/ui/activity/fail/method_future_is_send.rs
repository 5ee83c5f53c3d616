use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity]
    async fn charge(&self) {
        let card = std::rc::Rc::new(());
        std::future::ready(()).await;
        drop(card);
    }
}

fn main() {}

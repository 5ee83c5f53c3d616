use sempre::activity;

struct Billing;

impl Billing {
    #[activity]
    async fn charge(&self) {}
}

fn main() {}

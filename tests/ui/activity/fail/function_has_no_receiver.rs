use sempre::activity;

struct Billing;

impl Billing {
    #[activity(start_to_close = "30s")]
    async fn charge(&self) {}
}

fn main() {}

use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity(name = "refund")]
    fn charge(&self) {}
    #[activity]
    fn refund(&self) {}
}

fn main() {}

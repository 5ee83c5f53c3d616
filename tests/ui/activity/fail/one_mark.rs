use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity]
    #[activity]
    fn charge(&self) {}
}

fn main() {}

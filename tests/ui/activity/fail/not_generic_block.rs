use sempre::activities;

struct Billing<'a>(&'a str);

#[activities]
impl<'a> Billing<'a> {
    #[activity(start_to_close = "30s")]
    fn charge(&self) {}
}

fn main() {}

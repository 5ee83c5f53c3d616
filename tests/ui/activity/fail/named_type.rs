use sempre::activities;

#[activities]
impl [u8] {
    #[activity(start_to_close = "30s")]
    fn charge(&self) {}
}

fn main() {}

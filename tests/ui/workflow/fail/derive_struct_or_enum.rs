use sempre::Workflow;

#[derive(Workflow)]
union Order {
    id: u8,
}

fn main() {}

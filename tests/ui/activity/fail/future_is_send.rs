use sempre::activity;

#[activity(start_to_close = "30s")]
async fn greet() {
    let name = std::rc::Rc::new(());
    std::future::ready(()).await;
    drop(name);
}

fn main() {}

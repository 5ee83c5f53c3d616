use sempre::activity;

#[activity]
async fn greet() {
    let name = std::rc::Rc::new(());
    std::future::ready(()).await;
    drop(name);
}

fn main() {}

//! Orders over HTTP: each is a workflow that charges, waits for an approval, and ships.
//!
//! `cargo run --example order_fulfilment` serves on <http://127.0.0.1:8080> until Ctrl-C; stop it
//! whenever you like, the orders in `./orders.sempre` go on at the next start. The port is the
//! first argument or `PORT`. With `-- --demo` it talks to itself over HTTP and ends.

mod activity;
mod api;
mod demo;
mod error;
mod service;
mod workflow;

use std::{env, error::Error, io, process::ExitCode};

use sempre::{
    runtime::StartEngineError,
    storage::{StorageError, StorageErrorKind},
};

use crate::service::Service;

/// Where the orders are kept.
const STORE: &str = "orders.sempre";

#[actix::main]
#[expect(clippy::print_stderr, reason = "an example speaks to its reader")]
async fn main() -> ExitCode {
    let argument = env::args().nth(1);
    let outcome = match argument.as_deref() {
        Some("--demo") => demo::run().await,
        port => serve(port).await,
    };
    if let Err(error) = outcome {
        eprintln!("{}", explain(&*error));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn serve(port: Option<&str>) -> Result<(), Box<dyn Error>> {
    let from_environment = env::var("PORT").ok();
    let port = port.or(from_environment.as_deref()).unwrap_or("8080");
    let port = port
        .parse()
        .map_err(|_| format!("{port} is not a port; the argument is a port or --demo"))?;
    let service = Service::start(STORE.as_ref(), port).await?;
    let url = service.url();
    println!(
        "Listening on {url}, orders are kept in ./{STORE}. Try:\n\n  \
         curl {url}/orders --json '{{\"id\": \"order-42\", \"items\": [\"tea\"], \"card\": \"4242\"}}'\n  \
         curl {url}/orders/order-42\n  \
         curl {url}/orders/order-42/approve --json '{{\"by\": \"ada\"}}'\n  \
         curl {url}/orders/order-42/history\n\n\
         The console is at {}\n\n\
         Ctrl-C stops it; started again, it goes on with the orders that are open.",
        service.console_url()
    );
    service.run_until_ctrl_c().await?;
    println!("Stopped. Everything that was acknowledged is on disk.");
    Ok(())
}

/// What went wrong, and what to do about it.
fn explain(error: &(dyn Error + 'static)) -> String {
    if let Some(error) = error.downcast_ref::<io::Error>()
        && error.kind() == io::ErrorKind::AddrInUse
    {
        return "The port is in use. Choose another: cargo run --example order_fulfilment -- 8081"
            .into();
    }
    if let Some(StartEngineError::Storage(error)) = error.downcast_ref()
        && StorageError::kind(error) == StorageErrorKind::Locked
    {
        return format!("Another process has the store. Stop it first.\n{error}");
    }
    error.to_string()
}

//! Updates: a reservation that is changed while its workflow waits, with an answer for each change.
//!
//! `cargo run --example updates` shows what a validator refuses, an id that makes a repeated click
//! one change, and an update that takes its time.

mod workflow;

use std::{error::Error, sync::Arc};

use sempre::{Engine, client::UpdateError, storage::MemoryStore};

use crate::workflow::{Reservation, ReservationError, ReservationHandle as _, Seats};

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::on_store(Arc::new(MemoryStore::new()))
        .workflow::<Reservation>()
        .activities(workflow::charge)
        .start()
        .await?;
    let reservation = engine.workflow::<Reservation>("table-12");
    let reservation = reservation.start(Seats { wanted: 2 }).await?;

    // Answered once it is on disk.
    let seats = reservation.change_seats(Seats { wanted: 4 }).await?;
    println!("reserved {seats} seats");

    // What the validator refuses leaves no trace.
    match reservation.change_seats(Seats { wanted: 40 }).await {
        Err(UpdateError::Rejected(ReservationError::TooMany { free })) => {
            println!("40 are too many, {free} are free");
        }
        other => return Err(format!("40 seats: {other:?}").into()),
    }

    // Two clicks on one button are one change.
    for _ in 0..2 {
        let more = reservation.add_seat().id("click-7");
        println!("now {} seats", more.await?);
    }

    // Accepted at once, done later.
    let payment = reservation.pay("4242".into()).start().await?;
    println!("paying under update id {}", payment.id());
    println!("receipt {}", payment.result().await?);

    println!("seats in the end: {}", reservation.result().await?);
    engine.shutdown().await;
    Ok(())
}

//! A saga: steps that are undone, newest first, when a later one fails or the run is canceled.
//!
//! Run it with `cargo run --example saga`. A journey is a flight, a hotel and a car. Each booking is
//! followed by the note how to undo it; what undoes is called in a detached scope, so that it runs
//! to its end also when somebody has asked the run to stop, and after a crash of the process.

use std::{convert::Infallible, error::Error};

use derive_more::{Display, Error, From};
use sempre::{
    ActivityError, Failure, Workflow, WorkflowContext, WorkflowFailure, activity,
    client::ResultError,
    handlers,
    testing::{TestEnvironment, run_test},
};
use serde::{Deserialize, Serialize};

/// What can be booked.
#[derive(Clone, Copy, PartialEq, Debug, Display, Serialize, Deserialize)]
enum Part {
    #[display("flight")]
    Flight,
    #[display("hotel")]
    Hotel,
    #[display("car")]
    Car,
}

#[derive(Clone, PartialEq, Debug, Display, Error, Failure)]
enum BookingError {
    /// Another attempt would fail just the same.
    #[failure(non_retryable)]
    #[display("no {part} is left")]
    SoldOut { part: Part },
}

/// Books a part of the journey, and returns the number of the booking.
#[activity(start_to_close = "10s")]
async fn book(part: Part) -> Result<u64, BookingError> {
    Ok(part as u64 + 1)
}

/// Gives a booking back. It may be called more than once, and has to work in the end.
#[activity(start_to_close = "10s")]
async fn give_back(_booking: u64) -> Result<(), Infallible> {
    Ok(())
}

#[derive(Clone, PartialEq, Debug, Display, Error, From, Failure)]
enum JourneyError {
    #[display("{_0}")]
    Booking(#[failure(cause)] ActivityError<BookingError>),
}

/// Books a whole journey, or nothing.
#[derive(Workflow, Default)]
struct Journey {
    /// What is to be given back if the journey does not come about, oldest first.
    booked: Vec<(Part, u64)>,
    log: Vec<String>,
}

#[handlers]
impl Journey {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<u64>, JourneyError> {
        let booked = Self::book_all(&ctx).await;
        if booked.is_err() {
            Self::undo(&ctx).await;
        }
        Ok(booked?)
    }

    #[query]
    fn log(&self) -> Vec<String> {
        self.log.clone()
    }
}

impl Journey {
    async fn book_all(
        ctx: &WorkflowContext<Self>,
    ) -> Result<Vec<u64>, ActivityError<BookingError>> {
        let mut bookings = Vec::new();
        for part in [Part::Flight, Part::Hotel, Part::Car] {
            let booking = ctx.activity(book, part).await?;
            ctx.update(|journey| {
                journey.booked.push((part, booking));
                journey.log.push(format!("{part} is booked"));
            });
            bookings.push(booking);
        }
        Ok(bookings)
    }

    async fn undo(ctx: &WorkflowContext<Self>) {
        // The cancellation of the run does not reach what is called with this.
        let cleanup = ctx.detached();
        while let Some((part, booking)) = ctx.update(|journey| journey.booked.pop()) {
            // It is tried until it works; whatever else it ends with, the rest is undone as well.
            let undone = cleanup.activity(give_back, booking).await;
            let how = if undone.is_ok() { "given back" } else { "lost" };
            ctx.update(|journey| journey.log.push(format!("{part} is {how}")));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let env = TestEnvironment::builder().activities(book);
    run_test(env.activities(give_back), journeys)
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn journeys(env: TestEnvironment) -> Result<(), Box<dyn Error>> {
    let spring = env.workflow::<Journey>("spring").start(()).await?;
    println!("spring: bookings {:?}", spring.result().await?);

    // Now there are no cars.
    env.activity(book, |part| match part {
        Part::Car => Err(BookingError::SoldOut { part }),
        part => Ok(part as u64 + 1),
    });
    let summer = env.workflow::<Journey>("summer").start(()).await?;
    let Err(ResultError::Workflow(WorkflowFailure::Failed(error))) = summer.result().await else {
        return Err("a journey without a car".into());
    };
    println!("summer: {error}");
    let log = summer.log().await?;
    println!("  {}", log.join("\n  "));
    assert!(log.ends_with(&["hotel is given back".into(), "flight is given back".into()]));

    // And now the hotel does not answer, and the passenger does not want to wait.
    env.activity(book, async |part| match part {
        Part::Flight => Ok(1),
        _ => std::future::pending().await,
    });
    let autumn = env.workflow::<Journey>("autumn").start(()).await?;
    while autumn.log().await?.is_empty() {}
    autumn.cancel("we stay at home").await?;
    assert!(autumn.result().await.is_err_and(|it| it.is_canceled()));
    println!("autumn: canceled\n  {}", autumn.log().await?.join("\n  "));
    Ok(())
}

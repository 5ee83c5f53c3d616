//! A reservation, its updates and their validators.

use std::convert::Infallible;

use derive_more::{Display, Error, From};
use sempre::{ActivityError, Canceled, Failure, Workflow, WorkflowContext, activity, handlers};
use serde::{Deserialize, Serialize};

const FREE: u32 = 10;

/// How many seats somebody wants. A struct, so that it can grow.
#[derive(Serialize, Deserialize)]
pub(crate) struct Seats {
    pub(crate) wanted: u32,
}

#[derive(Debug, Display, Error, From, Failure)]
pub(crate) enum ReservationError {
    #[display("only {free} seats are free")]
    #[from(ignore)]
    TooMany { free: u32 },
    #[display("the payment failed")]
    Payment(#[failure(cause)] ActivityError<Infallible>),
}

#[activity(start_to_close = "10s")]
pub(crate) async fn charge(card: String) -> String {
    format!("charged to card {card}")
}

#[derive(Workflow)]
pub(crate) struct Reservation {
    seats: u32,
    paid: bool,
}

#[handlers]
impl Reservation {
    #[init]
    fn init(seats: &Seats) -> Self {
        Self {
            seats: seats.wanted,
            paid: false,
        }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>, _: Seats) -> Result<u32, Canceled> {
        ctx.wait_until(|state| state.paid).await?;
        // Whoever still waits for an update is told its outcome before the run closes.
        ctx.all_handlers_finished().await?;
        Ok(ctx.state(|state| state.seats))
    }

    /// Changes the number of seats; says what it is now.
    #[update]
    pub(crate) fn change_seats(&mut self, seats: Seats) -> Result<u32, ReservationError> {
        self.seats = seats.wanted;
        Ok(self.seats)
    }

    #[validate(change_seats)]
    fn check_seats(&self, seats: &Seats) -> Result<(), ReservationError> {
        if seats.wanted > FREE {
            return Err(ReservationError::TooMany { free: FREE });
        }
        Ok(())
    }

    /// Adds one seat; says how many there are.
    #[update]
    pub(crate) fn add_seat(&mut self) -> u32 {
        self.seats += 1;
        self.seats
    }

    /// Pays; an update may wait, and call activities.
    #[update]
    pub(crate) async fn pay(
        ctx: WorkflowContext<Self>,
        card: String,
    ) -> Result<String, ReservationError> {
        let receipt = ctx.activity(charge, card).await?;
        ctx.update(|state| state.paid = true);
        Ok(receipt)
    }
}

//! What is kept of a panic.

use std::{panic::panic_any, task::Poll};

use futures::{FutureExt as _, executor::block_on, future::poll_fn};

use crate::panic::{catch, catch_async};

/// A payload that panics when it is dropped, with another one like it.
struct Trap(u32);

impl Drop for Trap {
    fn drop(&mut self) {
        if let Some(again) = self.0.checked_sub(1) {
            panic_any(Self(again));
        }
    }
}

fn raises(text: &str) -> u32 {
    panic!("{text}");
}

#[test]
fn a_panic_is_caught_with_what_it_said_and_where() {
    let line = line!() - 5;
    let caught = catch(|| raises("boom")).unwrap_err();
    assert_eq!(caught.message, "boom");
    assert_eq!(caught.place, format!("{}:{line}:5", file!()));
    assert_eq!(caught.to_string(), format!("boom at {}", caught.place));
}

#[test]
fn what_code_returns_is_returned() {
    assert_eq!(catch(|| 7), Ok(7));
}

#[test]
fn a_scope_inside_another_keeps_their_panics_apart() {
    let mut inner = None;
    let outer = catch(|| {
        inner = catch(|| raises("inner")).err();
        raises("outer")
    });
    let (inner, outer) = (inner.unwrap(), outer.unwrap_err());
    assert_eq!((&*inner.message, &*outer.message), ("inner", "outer"));
    assert!(!outer.place.is_empty());
    assert_eq!(inner.place, outer.place);
}

#[test]
fn a_panic_in_a_later_poll_is_caught() {
    let mut polls = 0;
    let future = poll_fn(move |cx| {
        polls += 1;
        assert!(polls < 2, "late");
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    let caught = block_on(catch_async(future)).unwrap_err();
    assert_eq!(caught.message, "late");
    assert!(caught.place.contains("caught.rs"), "{}", caught.place);
}

#[test]
fn a_payload_whose_destructor_panics_does_no_harm() {
    for depth in 0..4 {
        let caught = catch(|| panic_any(Trap(depth)));
        let caught: Result<(), _> = caught;
        assert_eq!(caught.unwrap_err().message, "no message");
    }
}

#[test]
fn a_future_whose_destructor_panics_does_no_harm() {
    /// Is ready at once, or never.
    struct Future(bool);

    impl std::future::Future for Future {
        type Output = u32;

        fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<u32> {
            if self.0 {
                Poll::Ready(7)
            } else {
                Poll::Pending
            }
        }
    }

    impl Drop for Future {
        fn drop(&mut self) {
            panic_any(Trap(1));
        }
    }

    assert_eq!(block_on(catch_async(Future(true))), Ok(7));
    assert_eq!(catch_async(Future(false)).now_or_never(), None);
}

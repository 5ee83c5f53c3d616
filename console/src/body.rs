//! The body of a response: all of it at once, or piece by piece for a live view.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use derive_more::Debug;
use futures::{StreamExt as _, stream::BoxStream};
use http_body::{Body, Frame, SizeHint};

/// The body of a response of the console.
///
/// It does not fail. A live view goes on until its reader leaves, or a few minutes; then the page
/// asks again.
#[derive(Debug)]
pub struct ConsoleBody {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Whole(Option<Bytes>),
    Live(#[debug(skip)] BoxStream<'static, Bytes>),
}

impl ConsoleBody {
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            kind: Kind::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())),
        }
    }

    /// The same body, which ends with this if it is one that goes on.
    #[cfg(feature = "server")]
    pub(crate) fn until(self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        let kind = match self.kind {
            Kind::Live(pieces) => Kind::Live(pieces.take_until(end).boxed()),
            whole @ Kind::Whole(_) => whole,
        };
        Self { kind }
    }

    pub(crate) fn live(pieces: BoxStream<'static, Bytes>) -> Self {
        Self {
            kind: Kind::Live(pieces),
        }
    }
}

impl Body for ConsoleBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match &mut self.kind {
            Kind::Whole(bytes) => Poll::Ready(bytes.take()),
            Kind::Live(pieces) => pieces.poll_next_unpin(cx),
        };
        piece.map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.kind, Kind::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Whole(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(length.try_into().unwrap_or(u64::MAX))
            }
            Kind::Live(_) => SizeHint::default(),
        }
    }
}

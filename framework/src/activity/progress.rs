//! How a running attempt tells its workflow how far it has got.

use serde::Serialize;

use crate::{
    activity::ActivityContext,
    model::{PayloadError, Payloads, limits},
};

impl ActivityContext {
    /// Tells the workflow how far the attempt has got; it reads this with
    /// [`ActivityHandle::progress`](crate::workflow::ActivityHandle::progress).
    ///
    /// Call it as often as is convenient. Reports are thinned out: one is on its way at a time, and from
    /// the eleventh on the next one waits for a tenth of a second, or for a hundredth of the time that the
    /// attempt has run if that is longer, but not longer than a heartbeat does. The latest one wins, and
    /// the last one is recorded with the end of the attempt. A report counts as a heartbeat, whose details stay as they are: what a later attempt
    /// is to read is said by [`heartbeat`](Self::heartbeat).
    ///
    /// Each report that is recorded is an event of the history and causes a workflow task. Once the
    /// history is half as long as it may be, reports count as heartbeats and are not recorded any more.
    /// Nobody hears those of local activities, and of attempts that were left to somebody else to
    /// complete.
    ///
    /// # Durability
    /// A report is on its way when this returns. One that a process takes along when it dies is lost;
    /// one that the workflow has seen is in its history.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityContext, activity};
    ///
    /// #[activity(start_to_close = "1h")]
    /// async fn import_rows(ctx: ActivityContext, rows: u64) -> u64 {
    ///     for row in 1..=rows {
    ///         ctx.report_progress(&row).expect("a number can be written");
    ///     }
    ///     rows
    /// }
    /// ```
    ///
    /// # Errors
    /// [`PayloadError`] if the value cannot be written or encoded, or has more than 64 KiB then; nothing
    /// is reported.
    pub fn report_progress<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), PayloadError> {
        let mut value = Payloads::encode(value)?;
        let codecs = self.runner().codecs();
        codecs.encode(&mut value, &self.info().execution.workflow_id)?;
        let (size, limit) = (value.size(), limits::PROGRESS_BYTES_MAX);
        if size > limit {
            return Err(PayloadError::too_large("progress", size, limit));
        }
        self.port.progress(value);
        Ok(())
    }
}

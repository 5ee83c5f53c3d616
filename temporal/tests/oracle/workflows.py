"""The workflows of `workflow.rs`, as a user of Temporal's Python SDK writes them.

Names, inputs and the order of what they ask for are those of the Rust code; nothing else is shared.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

DAY = timedelta(days=1)


def charge(amount: int, **options):
    """Starts the activity `charge`."""
    return workflow.start_activity(
        "charge",
        amount,
        result_type=int,
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=RetryPolicy(maximum_attempts=3),
        **options,
    )


@workflow.defn
class Payment:
    @workflow.run
    async def run(self, amount: int) -> int:
        return await charge(amount)


@workflow.defn
class Reminder:
    @workflow.run
    async def run(self) -> str:
        await asyncio.sleep(30 * DAY.total_seconds())
        return "now"


@workflow.defn
class Countdown:
    @workflow.run
    async def run(self, left: int) -> str:
        await asyncio.sleep(DAY.total_seconds())
        if left == 0:
            return "done"
        workflow.continue_as_new(left - 1)


@workflow.defn
class Approval:
    def __init__(self) -> None:
        self.by: str | None = None

    @workflow.run
    async def run(self) -> str | None:
        try:
            await workflow.wait_condition(lambda: self.by is not None, timeout=3 * DAY)
        except asyncio.TimeoutError:
            return None
        return self.by

    @workflow.signal
    def approve(self, by: str) -> None:
        self.by = by


@workflow.defn
class Tally:
    def __init__(self) -> None:
        self.sum = 0

    @workflow.run
    async def run(self, goal: int) -> int:
        await workflow.wait_condition(lambda: self.sum >= goal)
        return self.sum

    @workflow.signal
    def add(self, number: int) -> None:
        self.sum += number

    @workflow.signal
    async def charge_and_add(self, amount: int) -> None:
        charged = await charge(amount)
        self.sum += charged


@workflow.defn
class Withdrawal:
    def __init__(self) -> None:
        self.withdrawn = False

    @workflow.run
    async def run(self, waits: bool) -> str:
        kind = workflow.ActivityCancellationType
        charging = charge(
            10,
            cancellation_type=kind.WAIT_CANCELLATION_COMPLETED if waits else kind.TRY_CANCEL,
        )
        await workflow.wait_condition(lambda: self.withdrawn)
        charging.cancel()
        try:
            await charging
        except ActivityError:
            await asyncio.sleep(60)
            return "withdrawn"
        return "too late"

    @workflow.signal
    def withdraw(self) -> None:
        self.withdrawn = True


@workflow.defn
class Alarm:
    def __init__(self) -> None:
        self.off = False

    @workflow.run
    async def run(self) -> int:
        ringing = asyncio.create_task(asyncio.sleep(DAY.total_seconds()))
        await workflow.wait_condition(lambda: self.off)
        ringing.cancel()
        # In asyncio a task is canceled when it next runs.
        await asyncio.wait([ringing])
        return await charge(1)

    @workflow.signal
    def switch_off(self) -> None:
        self.off = True


@workflow.defn
class Trip:
    @workflow.run
    async def run(self) -> None:
        try:
            await asyncio.sleep(DAY.total_seconds())
        except asyncio.CancelledError:
            # What is begun after the cancellation is not part of it.
            await charge(3)
            raise


@workflow.defn
class Basket:
    @workflow.run
    async def run(self, amounts: list[int]) -> int:
        charges = [charge(amount) for amount in amounts]
        await asyncio.sleep(60)
        return sum(await asyncio.gather(*charges))


@workflow.defn
class Race:
    @workflow.run
    async def run(self, amount: int) -> int:
        _left = asyncio.create_task(asyncio.sleep(DAY.total_seconds()))
        # In asyncio a task begins when it next runs.
        await asyncio.sleep(0)
        charging = charge(amount)
        limit = asyncio.create_task(asyncio.sleep(5))
        await asyncio.wait([charging, limit], return_when=asyncio.FIRST_COMPLETED)
        is_late = limit.done()
        loser = charging if is_late else limit
        loser.cancel()
        # In asyncio a task is canceled when it next runs.
        await asyncio.wait([loser])
        return 0 if is_late else charging.result()


@workflow.defn
class Refusal:
    @workflow.run
    async def run(self, reason: str) -> None:
        raise ApplicationError(reason, type="Refused")


ALL = [
    Payment,
    Reminder,
    Countdown,
    Approval,
    Tally,
    Withdrawal,
    Alarm,
    Trip,
    Basket,
    Race,
    Refusal,
]

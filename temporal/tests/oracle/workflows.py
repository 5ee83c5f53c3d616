"""The workflows of `workflow.rs` and `conversation.rs`, as a user of Temporal's Python SDK writes them.

Names, inputs and the order of what they ask for are those of the Rust code; nothing else is shared.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ActivityError, ApplicationError, ChildWorkflowError

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
class Hurried:
    """Without the message, which there is no way to send."""

    @workflow.run
    async def run(self, amount: int) -> int:
        return await charge(amount)


def charge_here(amount: int):
    """Starts the activity `charge` as a local one."""
    return workflow.start_local_activity(
        "charge",
        amount,
        result_type=int,
        start_to_close_timeout=DAY,
        retry_policy=RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=3),
        local_retry_threshold=timedelta(seconds=3),
    )


@workflow.defn
class OnTheSpot:
    @workflow.run
    async def run(self, amount: int) -> int:
        rest = asyncio.create_task(asyncio.sleep(DAY.total_seconds()))
        first = await charge_here(amount)
        second, third = charge_here(amount + 1), charge_here(amount + 2)
        total = first + await second + await third
        await rest
        return total + await charge_here(amount + 3)


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


@workflow.defn
class Ledger:
    def __init__(self) -> None:
        self.sum = 0
        self.closed = False

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.closed)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.sum

    @workflow.update
    def add(self, number: int) -> int:
        if number > 100:
            raise ApplicationError("too much", type="TooMuch")
        self.sum += number
        return self.sum

    @add.validator
    def check_add(self, number: int) -> None:
        if number < 0:
            raise ApplicationError("less than nothing", type="Negative")

    @workflow.update
    async def charge_and_add(self, amount: int) -> int:
        self.sum += await charge(amount)
        return self.sum

    @workflow.signal
    def close(self) -> None:
        self.closed = True


@workflow.defn
class Courier:
    @workflow.run
    async def run(self, ledger: str) -> str:
        handle = workflow.get_external_workflow_handle(ledger)
        signaled = await arrives(handle.signal("close"))
        canceled = await arrives(handle.cancel())
        return f"{signaled} {canceled}".lower()


async def arrives(message) -> bool:
    try:
        await message
    except ApplicationError:
        return False
    return True


@workflow.defn
class Purchase:
    @workflow.run
    async def run(self, amount: int) -> int:
        pay = workflow.execute_child_workflow
        first = await pay("Payment", amount, id="first-payment", result_type=int)
        second = await pay("Payment", amount, id="second-payment", result_type=int)
        third = await workflow.start_child_workflow("Reminder", id="reminder")
        third.cancel()
        try:
            await third
        except ChildWorkflowError:
            pass
        return first + second


@workflow.defn
class Patched:
    @workflow.run
    async def run(self) -> str:
        ways = []
        for patch in ["first", "second", "first"]:
            is_new = workflow.patched(patch)
            if is_new:
                await asyncio.sleep(DAY.total_seconds())
            ways.append("new" if is_new else "old")
        return " ".join(ways)


STAGE = SearchAttributeKey.for_keyword("Stage")


@workflow.defn
class Labeled:
    @workflow.run
    async def run(self) -> None:
        workflow.upsert_search_attributes([STAGE.value_set("packed")])
        workflow.upsert_memo({"note": "fragile"})
        await asyncio.sleep(DAY.total_seconds())
        workflow.upsert_search_attributes([STAGE.value_unset()])


ALL = [
    Payment,
    Hurried,
    OnTheSpot,
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
    Ledger,
    Courier,
    Purchase,
    Patched,
    Labeled,
]

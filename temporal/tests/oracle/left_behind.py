"""Workflows that leave behind what their close ends, as sempre's do.

Temporal's SDKs cancel a timer or an activity even in the workflow task that closes the run. Sempre
asks for nothing there, and these ask for nothing either.
"""

import asyncio

from temporalio import workflow

from workflows import DAY, charge


@workflow.defn
class Payment:
    @workflow.run
    async def run(self, amount: int) -> int:
        return await asyncio.shield(charge(amount))


@workflow.defn
class Reminder:
    @workflow.run
    async def run(self) -> str:
        await asyncio.shield(asyncio.sleep(30 * DAY.total_seconds()))
        return "now"


@workflow.defn
class Approval:
    def __init__(self) -> None:
        self.by: str | None = None

    @workflow.run
    async def run(self) -> str | None:
        limit = asyncio.create_task(asyncio.sleep(3 * DAY.total_seconds()))
        await workflow.wait_condition(lambda: self.by is not None or limit.done())
        return self.by

    @workflow.signal
    def approve(self, by: str) -> None:
        self.by = by


ALL = [Payment, Reminder, Approval]

"""Replays histories with the official replayer of Temporal's Python SDK.

`oracle.py <workflows> <folder>`, where the workflows are one of

* `equivalent`: those of `workflows.py`;
* `different`: those of `workflows.py`, but each begins with a child workflow, which no history has.

The last line that it prints is JSON: what the replayer has against each history, if anything.
"""

import asyncio
import json
import sys
from pathlib import Path

from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    Replayer,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

import workflows


class ChildFirst(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput):
        await workflow.execute_child_workflow("Child")
        return await super().execute_workflow(input)


class Different(Interceptor):
    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput):
        return ChildFirst


async def main(which: str, folder: str) -> None:
    replayer = Replayer(
        workflows=workflows.ALL,
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[Different()] if which == "different" else [],
    )
    verdicts = {}
    for path in sorted(Path(folder).glob("*.json")):
        history = WorkflowHistory.from_json(path.stem, path.read_text())
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        failure = result.replay_failure
        verdicts[path.stem] = failure and f"{type(failure).__name__}: {failure}"
    print(json.dumps(verdicts))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

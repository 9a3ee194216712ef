"""A run as bytes: its variables and what waits, never the diagram and never the past."""

from typing import Any, Final

import orjson
from SpiffWorkflow import TaskState

from certflow.engine.workflow import Token, TokenWorkflow

FORMAT: Final = 1


def dump(workflow: TokenWorkflow) -> bytes:
    """Return the state of a run between two actions."""
    tokens = [
        [one.id, one.task_spec.name, one.state, one.holder, one.local] for one in workflow.tokens()
    ]
    state = {"v": FORMAT, "data": workflow.data, "end": workflow.end, "tokens": tokens}
    return orjson.dumps(state)


def fill(workflow: TokenWorkflow, state: dict[str, Any]) -> None:
    """Put a stored run's tokens back; raise LookupError for a node the definition lacks."""
    workflow.end = state["end"]
    holders = []
    for number, name, at, holder, local in state["tokens"]:
        holders.append(holder)
        Token(workflow, workflow.specs[name], state=at, id=number, local=local)
    for token, holder in zip(list(workflow.tokens()), holders, strict=True):
        workflow.tasks[holder].take_in(token)
        held = token.state == TaskState.READY and not token.task_spec.manual
        if held or token.state == TaskState.FUTURE:
            workflow.queue.append(token)


def read(stored: bytes) -> dict[str, Any]:
    """Return a stored state; raise ValueError if it is of another format."""
    state: dict[str, Any] = orjson.loads(stored)
    if state.get("v") != FORMAT:
        raise ValueError(f"unknown state format {state.get('v')}")
    return state

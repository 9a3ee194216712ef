"""Diagrams that several of the engine's tests walk."""

from factories.drawing import arrows, bpmn, choice, edge, end, parallel, script, start, user

CORRECTION = bpmn(
    start(),
    script("begin", "rounds = 0"),
    user("apply"),
    user("review"),
    choice("verdict", default="verdict_to_done"),
    script("again", "rounds = rounds + 1"),
    user("fix"),
    end("done"),
    arrows(
        "start -> begin -> apply -> review -> verdict",
        "verdict -> again ? verdict_given == 'fix'",
        "verdict -> done",
        "again -> fix -> review",
    ),
)


PARALLEL = bpmn(
    start(),
    choice("merge"),
    parallel("fork"),
    user("one"),
    user("two"),
    parallel("join"),
    user("review"),
    choice("again", default="again_to_end"),
    end(),
    arrows(
        "start -> merge -> fork -> one -> join",
        "fork -> two -> join",
        "join -> review -> again",
        "again -> merge ? more",
        "again -> end",
    ),
)


def boundary(*, interrupting: bool, inner: str) -> bytes:
    return bpmn(
        start(),
        user("apply"),
        edge("limit", "apply", inner, interrupting=interrupting),
        user("late"),
        end("done"),
        end("lapsed"),
        arrows("start -> apply -> done", "limit -> late -> lapsed"),
        messages=("stop",),
    )

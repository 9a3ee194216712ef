"""What can go wrong with a case, in words for the person at the page."""

from certflow.core.errors import Conflict, Forbidden
from certflow.core.text import Text
from certflow.engine.errors import BudgetExceeded, StepFailed

__all__ = [
    "OWN_CASE",
    "BudgetExceeded",
    "KeyTaken",
    "NotNow",
    "NotYours",
    "StalePage",
    "StepFailed",
    "TaskGone",
]


class StalePage(Conflict):
    """The case has moved on since the page was opened."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "您看这一页的时候，这件业务已经有了新进展。您填写的内容已经保留，请核对最新情况后再提交。",
                "This case moved on while you were reading. What you typed is kept; "
                "look at the latest state and submit again.",
            )
        )


class TaskGone(Conflict):
    """Somebody else has done the task, or it is no longer needed."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这项任务已经由他人完成或不再需要，没有重复办理。",
                "Somebody else has finished this task or it is no longer needed. "
                "Nothing was done twice.",
            )
        )


class KeyTaken(Conflict):
    """An idempotency key was used before, for something else."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这一页已经提交过别的操作，这一次没有生效。请刷新页面后再试。",
                "This page was used for another command before; nothing was done this time. "
                "Reload it and try again.",
            )
        )


class NotYours(Forbidden):
    """The task belongs to somebody else."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这项任务现在由他人办理。如需接手，请先请对方退回或由管理员转交。",
                "Somebody else has this task now. Ask them to release it, or an administrator "
                "to reassign it.",
            )
        )


class Suspended(Conflict):
    """An administrator has suspended the case: nobody works on it until it is resumed."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "这件业务已暂停办理，恢复后才能继续。您填写的内容会保留为草稿。",
                "This case is suspended; work goes on when it is resumed. What you typed is kept.",
            )
        )


def not_suspended(case: object) -> None:
    """Raise Suspended for a case that rests."""
    if getattr(case, "suspension", None) is not None:
        raise Suspended


def not_resting(case: object) -> None:
    """Raise Conflict for a suspended case, which an administrator has to resume first."""
    if getattr(case, "suspension", None) is not None:
        raise Conflict(RESUME_FIRST)


class NotNow(Conflict):
    """Something stands against starting a service; the message says what."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)


RESUME_FIRST = Text(
    "这件业务已暂停办理，请先恢复，再进行这项操作。",
    "Resume this case first: it is suspended.",
)
OWN_CASE = Text(
    "这是您本人的申请，按规定需要回避，不能由您办理。请退回，由同事领取。",
    "This is your own application. The rules ask you to stand back; leave it to a colleague.",
)

"""Errors that a person may cause, each with a plain sentence and an HTTP status."""

from collections.abc import Mapping

from certflow.core.text import Text


class AppError(Exception):
    """Something a person can understand went wrong.

    `message` says what happened and what to do; `status` is the HTTP status of the answer.
    """

    status = 400

    def __init__(self, message: Text, status: int | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        if status is not None:
            self.status = status


class NotFound(AppError):
    """It does not exist, or the actor may not know that it does."""

    status = 404

    def __init__(self, message: Text | None = None) -> None:
        super().__init__(
            message
            or Text(
                "没有找到这个页面。请检查地址，或回到首页重新进入。",
                "We could not find this page. Check the address, or start again from the home page.",
            )
        )


class Forbidden(AppError):
    """The actor's role does not allow it."""

    status = 403

    def __init__(self, message: Text | None = None) -> None:
        super().__init__(
            message
            or Text(
                "您现在的角色不能做这件事。如需办理，请切换角色或联系管理员。",
                "Your present role does not allow this. Switch role or ask an administrator.",
            )
        )


class Conflict(AppError):
    """Somebody else was faster, or the page is stale."""

    status = 409


class Invalid(AppError):
    """The input is wrong; `fields` maps a field's path to the sentence that stands at it."""

    status = 422

    def __init__(self, message: Text, fields: Mapping[str, Text] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})

    def at(self, field: str) -> dict[str, Text]:
        """Return the sentences by field; a message that names no field stands at this one."""
        return self.fields or {field: self.message}


class TooMany(AppError):
    """Too many tries in a short time; after `retry_after` seconds it is worth another one."""

    status = 429
    retry_after = 900

"""Sign-up, recovery, and one's own account (catalogue A1-A6, A8)."""

from certflow.web.account import (
    authenticator,
    captcha,
    email_link,
    logins,
    overview,
    recovery,
    second_step,
    sign_up,
)
from certflow.web.account.blueprint import blueprint
from certflow.web.account.sent_messages import blueprint as developer

__all__ = [
    "authenticator",
    "blueprint",
    "captcha",
    "developer",
    "email_link",
    "logins",
    "overview",
    "recovery",
    "second_step",
    "sign_up",
]

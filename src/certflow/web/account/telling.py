"""Who is told when what protects an account has changed (catalogue A4, A5, B8, I1)."""

from typing import Any

from flask import url_for

from certflow.accounts.queries import holders_of
from certflow.accounts.token_ending import bodies_with_tokens
from certflow.core import clock
from certflow.core.db import db
from certflow.core.text import Text
from certflow.notifications.operations import NewNotice, notify

LOOK_OVER = Text(
    "{name}的登录密码或手机号已更换。由此人签发的本机构接口令牌仍然有效，请核对，不用的请吊销。",
    "The password or phone of {name} was changed. The tokens issued by this person for your "
    "organisation are still good. Look them over and revoke those that nobody uses.",
)


def tell_owner(user_id: int, kind: str, words: Text) -> None:
    """Tell the owner on every channel that is chosen; the link leads to the logins."""
    new = NewNotice(kind=kind, role="", text=words, link=url_for("account.logins"))
    notify(db.session(), [user_id], new, clock.now())


def tell_bodies(user: Any) -> None:
    """Have administrators look over the tokens that this user has issued for their organisations."""
    session, at = db.session(), clock.now()
    words = LOOK_OVER.filled(name=user.name)
    new = NewNotice(
        kind="account.tokens", role="body_admin", text=words, link=url_for("tokens.of_body")
    )
    for body_id in bodies_with_tokens(session, user.id, at):
        notify(session, holders_of("body_admin", body_id), new, at)

"""Who is about to change what protects the account types the password again (H11)."""

from flask import g, request, session

from certflow.accounts import queries, sign_in
from certflow.core import clock
from certflow.core.access import current_actor
from certflow.core.db import db
from certflow.core.errors import NotFound
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.web.visitor import address, device

GOOD_FOR_SECONDS = 600
WRONG = Text("现在的密码不对。", "The present password is wrong.")


def fresh() -> bool:
    """Whether the password was typed a short while ago, in this login."""
    noted = session.get("again", [0, 0])
    recent = clock.now().timestamp() - noted[1] < GOOD_FOR_SECONDS
    return bool(noted[0] == g.login_session_id and recent)


def faults() -> dict[str, Text]:
    """Check the posted password unless it was typed a short while ago; a wrong one is counted.

    Raises:
        TooMany: too many wrong ones.

    """
    if fresh():
        return {}
    user = queries.get_user(db.session(), current_actor().user_id or 0)
    if user is None:
        raise NotFound
    keep_changes()
    found = sign_in.verify(
        db.session(),
        user.login_name,
        request.form.get("present", "")[:300],
        clock.now(),
        address(),
        device=device(),
    )
    if found is None:
        return {"present": WRONG}
    session["again"] = [g.login_session_id, clock.now().timestamp()]
    return {}

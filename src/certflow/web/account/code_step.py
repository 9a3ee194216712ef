"""The step of a form in which a phone or an e-mail address is proved by a code (catalogue A2).

One form, two buttons: one has a code sent, the other goes on with it. Nothing that was typed gets
lost between them.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import request, session

from certflow.accounts import codes
from certflow.accounts.spelling import check_email
from certflow.core import clock
from certflow.core.db import db
from certflow.core.errors import Invalid, TooMany
from certflow.core.http import keep_changes
from certflow.core.settings import current
from certflow.core.text import Text
from certflow.web.account import captcha
from certflow.web.edge import locale
from certflow.web.visitor import address, browser

FREE_CODES = 2
"""Where a captcha is asked only after something went wrong: codes a browser gets without one."""
NO_CODE = Text("请先获取验证码，再填写 6 位数字。", "Ask for a code first, then type its 6 digits.")


class Outcome(NamedTuple):
    """What came of a press: a proof, or sentences at fields, or a code on its way."""

    proof: codes.Proof | None = None
    faults: dict[str, Text] | None = None
    sent: bool = False
    status: int = 200


@dataclass(frozen=True)
class CodeStep:
    """What the code is for and where it goes: `field` is "phone" or "email"."""

    purpose: str
    field: str = "phone"

    @property
    def channel(self) -> str:
        """Over which channel the code goes."""
        return "sms" if self.field == "phone" else "mail"

    def wants_captcha(self) -> bool:
        """Whether a code is only sent after a captcha."""
        return current().captcha_always or session.get("codes", 0) >= FREE_CODES

    def shown(self, outcome: Outcome | None = None, target: str = "") -> dict[str, Any]:
        """Return what the template draws; `target` stands there until something else is typed."""
        outcome = outcome or Outcome()
        return {
            "field": self.field,
            "target": request.form.get(self.field, target),
            "code": request.form.get("code", "") if not outcome.sent else "",
            "sent": outcome.sent,
            "waiting": outcome.sent or f"code.{self.purpose}" in session,
            "puzzle": captcha.puzzle() if self.wants_captcha() else None,
            "seconds": int(codes.PAUSE.total_seconds()) if outcome.sent else 0,
        }

    def press(self) -> Outcome:
        """Do what the pressed button says: have a code sent, or check the one typed in."""
        try:
            target = self._target()
            return self._send(target) if _asked_to_send() else self._check(target)
        except Invalid as error:
            keep_changes()
            return Outcome(faults=error.fields, status=422)
        except TooMany as error:
            keep_changes()
            return Outcome(faults={self.field: error.message}, status=429)

    def held(self) -> codes.Proof | None:
        """Return the proof that this browser holds for this purpose."""
        code_id = session.get(f"code.{self.purpose}")
        return codes.proof(db.session(), code_id, self.purpose, browser(), clock.now())

    def forget(self) -> None:
        """Let go of the code when it was used."""
        session.pop(f"code.{self.purpose}", None)

    def _target(self) -> str:
        typed = request.form.get(self.field, "").strip()
        if self.field == "phone":
            return codes.spelled_phone(typed[:40])
        check_email(typed)
        return typed.lower()

    def _ask(self, target: str) -> codes.Ask:
        return codes.Ask(self.purpose, self.channel, target, browser(), address(), locale())

    def _send(self, target: str) -> Outcome:
        faults = captcha.faults() if self.wants_captcha() else {}
        if faults:
            return Outcome(faults=faults, status=422)
        code = codes.issue(db.session(), self._ask(target), clock.now())
        session[f"code.{self.purpose}"] = code.id
        session["codes"] = session.get("codes", 0) + 1
        return Outcome(sent=True)

    def _check(self, target: str) -> Outcome:
        code_id, typed = session.get(f"code.{self.purpose}"), request.form.get("code", "")
        if code_id is None or not typed.strip():
            raise Invalid(NO_CODE, {"code": NO_CODE})
        keep_changes()
        ask = self._ask(target)
        return Outcome(codes.prove(db.session(), code_id, ask, typed[:20], clock.now()))


def _asked_to_send() -> bool:
    return request.form.get("_do") == "send"

"""Somebody who is in the middle of things: signed in, in a role, with steps of a form behind them."""

from typing import Any

from flask.sessions import SecureCookieSessionInterface

from browser.pages import Person, Site
from certflow.accounts import codes, recovery, sign_in, sign_up
from certflow.accounts.models import User
from certflow.core import clock
from certflow.core.db import Session, transaction
from certflow.web.account.sign_up import NOTES
from certflow.web.edge import COOKIE

BROWSER = "a-browser"
PURPOSES = (sign_up.PURPOSE, recovery.RESET)
PHONES = {"zh": ("13911119998", "13800000100"), "en": ("13911119999", "13800000101")}
"""By language the phone of who signs up and of who forgot the password: a phone gets one code."""


def arrive(person: Person, site: Site, login: str, role: str) -> None:
    """Be signed in as somebody in one of their roles, in the person's language."""
    with site.app.app_context(), transaction() as session:
        user = session.query(User).filter_by(login_name=login).one()
        user.locale = person.locale
        admission = sign_in.begin(session, user, clock.now())
        sign_in.switch_role(session, admission.login_session.id, role)
    _keep(person, site, COOKIE, admission.token)
    _remember(person, site, {})


def visit(person: Person, site: Site) -> None:
    """Be a visitor who has gone half of every way: who signs up, forgot the password, mistyped."""
    with site.app.app_context(), transaction() as session:
        second = session.query(User).filter_by(login_name="admin").one().id
        proofs = {
            f"code.{purpose}": _proof(session, purpose, phone)
            for purpose, phone in zip(PURPOSES, PHONES[person.locale], strict=True)
        }
    steps = {"agreed": NOTES, "signed_up": "newcomer", "browser": BROWSER, "failed": True}
    waiting = {"second": [second, clock.now().timestamp(), "", ""]}
    _remember(person, site, steps | waiting | proofs)


def _proof(session: Session, purpose: str, phone: str) -> int:
    """Type in the code that was sent to a phone."""
    ask = codes.Ask(purpose, "sms", phone, BROWSER, "127.0.0.1")
    code = codes.issue(session, ask, clock.now())
    codes.prove(session, code.id, ask, codes.digits_of(code), clock.now())
    return int(code.id)


def _remember(person: Person, site: Site, steps: dict[str, Any]) -> None:
    serializer = SecureCookieSessionInterface().get_signing_serializer(site.app)
    assert serializer
    told = serializer.dumps(steps | {"locale": person.locale})
    _keep(person, site, site.app.config["SESSION_COOKIE_NAME"], str(told))


def _keep(person: Person, site: Site, name: str, value: str) -> None:
    person.context.add_cookies([{"name": name, "value": value, "url": site.base_url}])

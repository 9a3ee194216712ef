"""Announcements of the demo, and what the first body tells about itself (issue 5 §1)."""

from datetime import datetime, timedelta

from certflow.accounts.organisations import add_branch
from certflow.accounts.particulars import set_contact
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.demo.people import Town
from certflow.notifications.announcements import Told, write

_NEWS = (
    (
        2,
        "everybody",
        Text("年度确认须知", "About the annual confirmation"),
        Text(
            "持证满一年、两年的认证人员，请在证书周年日前后各三个月内办理年度确认。\n\n"
            "逾期未办理的，证书将被暂停。可以由所在机构批量办理。",
            "Confirm your certificate within three months before or after its first and second "
            "anniversary.\n\nOtherwise it is suspended. Your body can file it for many at once.",
        ),
    ),
    (
        9,
        "signed_in",
        Text("本周六凌晨系统维护", "Maintenance early on Saturday"),
        Text(
            "周六 00:00 至 04:00 平台暂停服务，草稿不受影响，计时顺延。",
            "The platform is down on Saturday from 00:00 to 04:00. Drafts are kept, clocks wait.",
        ),
    ),
    (
        15,
        "staff",
        Text("评价工作例会改期", "The evaluation meeting has moved"),
        Text("例会改到周三下午两点。", "It is now on Wednesday at two in the afternoon."),
    ),
)


def tell(session: Session, town: Town, now: datetime) -> None:
    """Write the announcements, and who is to be asked at the first body."""
    author = town.staff["reviewer"]
    for days, audience, title, body in _NEWS:
        at = now - timedelta(days=days)
        with clock.frozen(at):
            told = Told(title=title, body=body, audience=audience, starts_on=clock.today())
            write(session, author, told, (), at)
    _introduce(session, town.body_staff[0], town.bodies[0].id, now)


def _introduce(session: Session, admin: Actor, body_id: int, now: datetime) -> None:
    contact = {
        "contact_name": "刘观澜",
        "contact_phone": "010-00000000",
        "contact_email": "office@example.org",
        "address": "示例市示例路 1 号",
    }
    set_contact(session, body_id, contact, admin)
    branch = {"branch_name": "示例南方分公司", "branch_address": "样例市样例街 2 号"}
    add_branch(session, body_id, branch, now, admin)

"""Demo people and data: every page alive, the same each time (README, `make run`)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from certflow.accounts.models import User
from certflow.accounts.roles import ROLES
from certflow.core import clock
from certflow.core.db import Session, transaction
from certflow.demo import cases, disputes, exams, news, people, services, yearly
from certflow.notifications.models import Notice

LOGINS = (
    ("lin.zhixia", "applicant"),
    ("liu.guanlan", "body_staff"),
    ("gu.nanqiao", "reviewer"),
    ("shen.shiguang", "expert"),
    ("song.qingyuan", "approver"),
    ("wen.yuanshan", "finance"),
    ("qin.shuhuai", "exam_office"),
    ("he.zhuqing", "complaints_office"),
    ("cnca", "regulator"),
    ("pei.mingde", "process_admin"),
    ("tang.yusheng", "process_admin"),
    ("admin", "system_admin"),
)


def load() -> bool:
    """Load the demo into an empty installation; False when there are people already."""
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(User)):
            return False
        now = clock.now()
        with clock.frozen(now - timedelta(days=800)):
            town = people.settle(session, clock.now())
        cases.tell(session, town, now)
        for number, person in enumerate(town.applicants[80:220]):
            field = cases.FIELDS[number % len(cases.FIELDS)]
            with clock.frozen(now - timedelta(days=20 + 7 * number)):
                cases.grant(session, person, field)
        yearly.tell(session, town, now)
        disputes.tell(session, town, now)
        exams.hold(session, town, now)
        services.tell(session, town, now)
        news.tell(session, town, now)
        _read_old_notices(session, now)
    return True


def _read_old_notices(session: Session, now: datetime) -> None:
    """Nobody leaves notices unread for a month."""
    old = Notice.created_at < now - timedelta(days=30)
    session.execute(update(Notice).where(old).values(read_at=Notice.created_at))


def logins_table() -> str:
    """Return the demo logins, one for each role, as lines for the console."""
    lines = [f"  {login:<16} {ROLES[role].title.zh}" for login, role in LOGINS]
    return "\n".join(["", f"Demo logins, password {people.PASSWORD}:", *lines])

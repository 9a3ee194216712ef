"""A process on the bench of the studio: tried out, replayed, moved to another version, drafted."""

import json

from certflow.cases import operations, versions
from certflow.cases.models import HumanTask
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.studio import drafts, migrating, replaying, trials
from factories.cast import ROOT
from factories.trying import MATTER

KEY = "opinion"
"""Feedback under a name of its own: other tests count the cases of theirs."""
Ids = dict[str, object]


def furnish(session: Session, admin: Actor, person: Actor, office: Actor) -> Ids:
    """Publish it twice, with a case answered before and one that is moved between."""
    first = versions.publish(session, KEY, _content(), "")
    _answer(session, office, _file(session, person))
    _file(session, person)
    trial = trials.begin(session, admin, KEY, _content(), [{"do": "start", "as": "newcomer"}])
    renew(session, admin)
    replay = replaying.begin(session, admin, KEY, 10)
    second = versions.publish(session, KEY, _content(answered="答复"), "改名")
    assert first
    assert second
    target = versions.loaded(session, second.id)
    migration = migrating.begin(session, admin, target, {}, "环节改名")
    return {
        "trial": trial.id,
        "replay": replay.id,
        "migration": migration.id,
        "scenario": next(iter(_content()["scenarios"])),
    }


def renew(session: Session, admin: Actor) -> None:
    """Begin the drafts, which are given up before every test: one differs from what is in force."""
    if drafts.open_draft(session, KEY) is None:
        drafts.begin(session, admin, KEY, _content(answered="书面答复"), None)
    drafts.begin_from(session, admin, "registration")


def _content(answered: str = "答复反馈") -> dict[str, object]:
    content = versions.read_folder(ROOT, "feedback")
    drawn = content["bpmn"].replace('"feedback', f'"{KEY}').replace("答复反馈", answered)
    settings = json.dumps(content["service"]).replace('"feedback', f'"{KEY}')
    content |= {"bpmn": drawn, "service": json.loads(settings)}
    return content


def _file(session: Session, person: Actor) -> int:
    case = operations.start_case(session, person, KEY)
    return operations.complete_task(session, person, _task(session, case.id), MATTER, "submit").id


def _answer(session: Session, office: Actor, case_id: int) -> None:
    said = {"opinion": "已修复。"}
    operations.complete_task(session, office, _task(session, case_id), said, "reply")


def _task(session: Session, case_id: int) -> int:
    return session.query(HumanTask).filter_by(case_id=case_id, state="open").one().id

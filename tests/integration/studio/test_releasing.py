"""From a draft to a version in force, and back: who may, what is checked, who hears of it (H3, H4)."""

import json
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from certflow import background
from certflow.cases import versions
from certflow.cases.models import ProcessVersion
from certflow.core import audit, clock, settings
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from certflow.core.incidents import open_incidents
from certflow.notifications.models import Notice
from certflow.studio import drafts, history, releasing, rolling_back, shipping
from certflow.studio.models import Draft, Release
from certflow.studio.release_errors import NotPublishable, OwnRequest, Settled
from certflow.studio.shipping import Shipped
from factories.cast import ROOT, START, publish_shipped
from factories.studio import acting, make_designer

KEY = "feedback"
HOUR = timedelta(hours=1)


@dataclass
class Office:
    """Those who design and publish: an author, an approver, a publisher, somebody who looks on."""

    session: Session
    author: Actor
    approver: Actor
    publisher: Actor

    def edit(self, name: str = "service", **changed: Any) -> Draft:
        """Change a part of the draft, by default the settings' time limit."""
        draft = drafts.begin_from(self.session, self.author, KEY)
        found = drafts.part(self.session, draft, name)
        content = found.content | (changed or {"rank": found.content.get("rank", 1) + 1})
        drafts.save(self.session, self.author, draft, name, content, found.revision)
        return draft

    def ask(self, note: str = "时限改短", **said: Any) -> Release:
        return releasing.ask(self.session, self.author, KEY, note, **said)

    def told(self, who: Actor) -> list[str]:
        """Return what somebody was told, in Chinese."""
        query = select(Notice.text).where(Notice.user_id == who.user_id).order_by(Notice.id)
        return [one["zh"] for one in self.session.scalars(query)]

    def done(self) -> list[str]:
        """Return what the audit trail of the process says, without the draft's beginning."""
        events = audit.events(self.session, f"process/{KEY}")
        return [one.action for one in events if not one.action.startswith("draft.")]

    @property
    def number(self) -> int:
        """The number of the version in force."""
        return versions.active(self.session, KEY).number


@pytest.fixture
def office(session: Session) -> Office:
    clock.freeze(START)
    publish_shipped(session, KEY)
    people = [
        replace(
            acting(make_designer(session, login, permission)), permissions=frozenset({permission})
        )
        for login, permission in (("pei", "edit"), ("tang", "approve"), ("luo", "publish"))
    ]
    office = Office(session, *people)
    office.edit()
    return office


def test_a_draft_is_asked_for_approved_and_published(office: Office) -> None:
    release = office.ask()
    assert release.state == "asked"
    releasing.approve(office.session, office.approver, release.id)
    releasing.publish(office.session, office.publisher, release.id)
    assert (release.state, office.number) == ("published", 2)
    assert drafts.open_draft(office.session, KEY) is None
    assert office.done() == ["release.asked", "release.approved", "release.published"]


def test_whoever_can_approve_hears_of_it_and_the_author_hears_the_answer(office: Office) -> None:
    release = office.ask()
    [asked] = office.told(office.approver)
    assert "申请发布“意见反馈”" in asked
    assert office.told(office.publisher) == []
    releasing.approve(office.session, office.approver, release.id)
    releasing.publish(office.session, office.publisher, release.id)
    assert [("审批通过" in one, "第 2 版" in one) for one in office.told(office.author)] == [
        (True, False),
        (False, True),
    ]


def test_a_note_is_required(office: Office) -> None:
    with pytest.raises(Invalid) as caught:
        office.ask("  ")
    assert set(caught.value.fields) == {"note"}


def test_nobody_approves_or_refuses_their_own_request(office: Office) -> None:
    release = office.ask()
    for decide in (releasing.approve, releasing.refuse):
        with pytest.raises(OwnRequest):
            decide(office.session, office.author, release.id, "好")
    assert release.state == "asked"


def test_nothing_is_published_before_it_is_approved(office: Office) -> None:
    release = office.ask()
    with pytest.raises(Invalid):
        releasing.publish(office.session, office.publisher, release.id)
    assert office.number == 1


def test_a_broken_draft_is_refused_whatever_the_page_said(office: Office) -> None:
    office.edit("form:file", checks=["no.such.check"])
    with pytest.raises(NotPublishable):
        office.ask()


def test_it_is_checked_again_when_it_is_published(office: Office) -> None:
    release = office.ask()
    releasing.approve(office.session, office.approver, release.id)
    release.bundle = release.bundle | {"bpmn": "<broken/>"}
    office.session.flush()
    with pytest.raises(NotPublishable):
        releasing.publish(office.session, office.publisher, release.id)
    assert office.number == 1


def test_a_test_of_the_process_that_fails_stands_in_the_way(office: Office) -> None:
    draft = drafts.the_draft(office.session, KEY)
    scenario = {"title": {"zh": "不对", "en": "Wrong"}, "steps": [{"do": "nothing"}]}
    drafts.save(office.session, office.author, draft, "scenario:wrong", scenario, 0)
    with pytest.raises(NotPublishable) as caught:
        office.ask()
    assert "测试没有通过" in caught.value.message.zh


def test_a_refusal_needs_a_remark_and_the_author_reads_it(office: Office) -> None:
    release = office.ask()
    with pytest.raises(Invalid):
        releasing.refuse(office.session, office.approver, release.id, " ")
    releasing.refuse(office.session, office.approver, release.id, "时限太短")
    assert release.state == "refused"
    assert "时限太短" in office.told(office.author)[-1]
    assert office.ask().state == "asked"


def test_a_request_stays_as_it_was_while_the_draft_goes_on(office: Office) -> None:
    release = office.ask()
    office.edit(rank=77)
    releasing.approve(office.session, office.approver, release.id)
    releasing.publish(office.session, office.publisher, release.id)
    assert versions.active(office.session, KEY).settings["rank"] != 77
    draft = drafts.the_draft(office.session, KEY)
    assert draft.based_on == release.version_id


def test_one_request_at_a_time(office: Office) -> None:
    office.ask()
    with pytest.raises(Conflict):
        office.ask()


def test_what_is_in_force_already_is_not_asked_for(office: Office) -> None:
    release = office.ask()
    releasing.approve(office.session, office.approver, release.id)
    releasing.publish(office.session, office.publisher, release.id)
    drafts.begin_from(office.session, office.author, KEY)
    with pytest.raises(Invalid):
        office.ask()


def test_a_request_is_decided_once(office: Office) -> None:
    release = office.ask()
    releasing.approve(office.session, office.approver, release.id)
    for decide in (releasing.approve, releasing.refuse):
        with pytest.raises(Settled):
            decide(office.session, office.approver, release.id, "好")


def test_its_author_takes_it_back_and_others_do_not(office: Office) -> None:
    release = office.ask()
    with pytest.raises(Forbidden):
        releasing.withdraw(office.session, office.approver, release.id)
    releasing.withdraw(office.session, office.author, release.id)
    assert release.state == "withdrawn"
    assert drafts.open_draft(office.session, KEY) is not None


def test_an_approved_version_comes_into_force_by_itself_in_time(office: Office) -> None:
    release = office.ask()
    releasing.approve(office.session, office.approver, release.id)
    releasing.publish(office.session, office.publisher, release.id, clock.now() + HOUR)
    office.session.commit()
    background.publish_processes()
    assert office.number == 1
    clock.move(HOUR)
    assert background.publish_processes() == 1
    assert office.number == 2
    assert background.publish_processes() == 0


def test_a_time_that_is_over_is_refused(office: Office) -> None:
    with pytest.raises(Invalid) as caught:
        office.ask(in_force_from=clock.now())
    assert set(caught.value.fields) == {"in_force_from"}


def test_only_who_may_publish_sets_the_time(office: Office) -> None:
    later = clock.now() + HOUR
    release = office.ask(in_force_from=later)
    assert release.in_force_from is None
    releasing.withdraw(office.session, office.publisher, release.id)
    office.author = replace(office.author, permissions=frozenset({"edit", "publish"}))
    assert office.ask(in_force_from=later).in_force_from == later


def test_what_cannot_come_into_force_is_shown_and_told(office: Office) -> None:
    release = office.ask()
    releasing.approve(office.session, office.approver, release.id)
    releasing.publish(office.session, office.publisher, release.id, clock.now() + HOUR)
    release.bundle = release.bundle | {"bpmn": "<broken/>"}
    office.session.commit()
    clock.move(HOUR)
    background.publish_processes()
    [incident] = open_incidents(office.session)
    assert (incident.kind, incident.subject) == ("studio.release", f"process/{KEY}")
    assert "到时没有生效" in office.told(office.author)[-1]
    assert background.publish_processes() == 0
    assert office.number == 1


def test_without_the_setting_no_second_person_is_asked(office: Office) -> None:
    before = settings.current()
    settings.install(replace(before, publish_approval="off"))
    try:
        assert office.ask().state == "approved"
    finally:
        settings.install(before)


def published(office: Office, **changed: Any) -> ProcessVersion:
    office.edit(**changed)
    release = office.ask()
    releasing.approve(office.session, office.approver, release.id)
    releasing.publish(office.session, office.publisher, release.id)
    return office.session.get_one(ProcessVersion, release.version_id)


def first(office: Office) -> ProcessVersion:
    query = select(ProcessVersion).where(ProcessVersion.number == 1)
    return office.session.scalars(query).one()


def test_going_back_publishes_the_older_version_again_and_says_why(office: Office) -> None:
    published(office)
    old = first(office)
    new = rolling_back.roll_back(office.session, office.publisher, KEY, old.id, "收不到附件")
    assert (new.number, office.number) == (3, 3)
    assert new.checksum == old.checksum
    assert new.note == "回退到第 1 版：收不到附件"
    assert "收不到附件" in office.told(office.author)[-1]
    event = audit.events(office.session, f"process/{KEY}")[-1]
    assert (event.action, event.reason) == ("version.rolled_back", "收不到附件")
    assert event.after == {"version": 3, "same_as": 1}


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """What the installation ships: the process's folders."""
    for kind in ("bpmn", "forms"):
        shutil.copytree(ROOT / kind / KEY, tmp_path / kind / KEY)
    shutil.copytree(ROOT / "forms" / "records", tmp_path / "forms" / "records")
    return tmp_path


def ship(folders: Path, rank: int) -> None:
    """Let the folder change, as with an update."""
    service = folders / "bpmn" / KEY / "service.json"
    content = json.loads(service.read_text())
    service.write_text(json.dumps({**content, "rank": rank}, ensure_ascii=False))


def test_an_update_replaces_what_was_shipped_before(office: Office, folders: Path) -> None:
    assert shipping.sync(office.session, folders) == []
    ship(folders, 77)
    assert shipping.sync(office.session, folders) == [Shipped(KEY, 2)]
    assert office.number == 2


def test_an_update_never_replaces_what_an_administrator_published(
    office: Office, folders: Path
) -> None:
    published(office)
    assert shipping.sync(office.session, folders) == []
    ship(folders, 77)
    assert shipping.sync(office.session, folders) == [Shipped(KEY, 3, instead=2)]
    assert office.number == 2
    assert "没有替换" in office.told(office.author)[-1]
    assert shipping.sync(office.session, folders) == []
    kept = history.history(office.session, KEY)[0]
    assert (kept.number, kept.active, kept.note) == (
        3,
        False,
        "随安装包更新，没有替换管理员发布的第 2 版",
    )


def test_an_administrator_can_take_the_update_up(office: Office, folders: Path) -> None:
    published(office)
    ship(folders, 77)
    shipping.sync(office.session, folders)
    drafts.begin_from(office.session, office.author, KEY, 3)
    release = office.ask()
    releasing.approve(office.session, office.approver, release.id)
    releasing.publish(office.session, office.publisher, release.id)
    assert office.number == 4
    assert versions.active(office.session, KEY).settings["rank"] == 77
    ship(folders, 78)
    assert shipping.sync(office.session, folders) == [Shipped(KEY, 5)]


def test_going_back_is_told_from_the_version_that_was_in_force(
    office: Office, folders: Path
) -> None:
    published(office)
    ship(folders, 77)
    shipping.sync(office.session, folders)  # version 3 is kept, not in force
    rolling_back.roll_back(office.session, office.publisher, KEY, first(office).id, "不对")
    event = audit.events(office.session, f"process/{KEY}")[-1]
    assert (event.before, event.after) == ({"version": 2}, {"version": 4, "same_as": 1})


def test_an_update_can_be_forced(office: Office, folders: Path) -> None:
    published(office)
    ship(folders, 77)
    shipping.sync(office.session, folders)
    assert shipping.sync(office.session, folders, force=True) == [Shipped(KEY, 4)]
    assert office.number == 4
    assert "替换了管理员修改过的第 2 版" in office.told(office.author)[-1]
    assert shipping.sync(office.session, folders, force=True) == []


def test_going_back_needs_a_reason_and_another_version(office: Office) -> None:
    published(office)
    back = rolling_back.roll_back
    with pytest.raises(Invalid):
        back(office.session, office.publisher, KEY, first(office).id, " ")
    with pytest.raises(Invalid):
        back(
            office.session,
            office.publisher,
            KEY,
            versions.active(office.session, KEY).version_id,
            "x",
        )
    with pytest.raises(NotFound):
        back(office.session, office.publisher, "registration", first(office).id, "x")


def test_the_history_says_who_wrote_and_who_approved(office: Office) -> None:
    published(office)
    rolling_back.roll_back(office.session, office.publisher, KEY, first(office).id, "不对")
    newest, second, oldest = history.history(office.session, KEY)
    assert (newest.rolled_back, newest.active, newest.author) == (True, True, office.publisher.name)
    assert (second.author, second.approver) == (office.author.name, office.approver.name)
    assert (oldest.author, oldest.approver, oldest.rolled_back) == ("", "", False)


def test_a_side_to_compare_is_a_draft_a_version_or_a_request_of_this_process(
    office: Office,
) -> None:
    release = office.ask()
    for side in ("draft", "1", f"request-{release.id}"):
        assert history.content_of(office.session, KEY, side)["service"]["key"] == KEY
    for side in ("", "2", "9" * 12, "other-1", "request-99", "request-", "-1", "٣"):
        with pytest.raises(NotFound):
            history.content_of(office.session, KEY, side)

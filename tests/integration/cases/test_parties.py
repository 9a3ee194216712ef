"""Other parties of a case: blind tasks, disclosed files, letters, organisations that file (D2-D4)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from certflow.accounts.operations import grant_role
from certflow.cases import assignment, linking, operations, queries, registry, reminding
from certflow.cases.dossier import blind_dossier, open_dossier
from certflow.cases.errors import NotNow
from certflow.cases.evidence import readable_file
from certflow.cases.inbox import InboxFilter, page_of_tasks
from certflow.cases.letters import get_letter, letters_of
from certflow.cases.mine import my_cases
from certflow.cases.models import Case
from certflow.cases.people import CONFIDENTIAL
from certflow.cases.worklists import (
    CaseFilter,
    cases_wanted,
    names_on,
    open_cases_of,
    open_tasks,
)
from certflow.core import clock
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.incidents import Incident, open_incidents, resolve
from certflow.core.text import Text
from certflow.notifications.models import Notice
from factories.dispute import Dispute, publish_dispute
from factories.people import body as make_body


@pytest.fixture
def house(session):
    publish_dispute(session, conceals_applicant=True)
    return Dispute(session)


def test_the_other_party_finds_its_task_and_not_the_case(session, house) -> None:
    house.to_statement()
    task = queries.get_task(session, house.accused, house.task("state").id)
    assert task.blind
    assert page_of_tasks(session, house.accused, InboxFilter(), clock.now()) == [task]
    with pytest.raises(NotFound):
        queries.get_case(session, house.accused, house.case_id)


def test_the_other_party_does_not_see_the_case_in_any_other_role(session, house) -> None:
    house.to_statement()
    reviewing = replace(house.accused, role="reviewer")
    with pytest.raises(NotFound):
        queries.get_case(session, reviewing, house.case_id)
    assert queries.get_case(session, house.reviewer, house.case_id)


def test_a_blind_page_names_nobody_and_tells_nothing(session, house) -> None:
    house.to_statement()
    task = queries.get_task(session, house.accused, house.task("state").id)
    found = blind_dossier(session, house.accused, task, clock.now(), "zh")
    assert found.people.name(house.applicant.user_id) == CONFIDENTIAL
    assert (list(found.events), list(found.answers), list(found.files)) == ([], [], [])


def test_a_list_names_no_applicant_beside_a_blind_task(session, house) -> None:
    house.to_statement()
    task = house.task("state")
    assert names_on(session, house.accused, [task.id])[task.id].applicant == ""
    named = InboxFilter(text="applicant")
    assert page_of_tasks(session, house.accused, named, clock.now()) == []


def test_disclosed_files_lose_their_names_and_others_stay_closed(session, house) -> None:
    shown, kept = house.upload(house.reviewer), house.upload(house.applicant)
    house.to_statement(evidence=[shown.id])
    assert readable_file(session, house.accused, shown.id).name == "材料 1.pdf"
    with pytest.raises(NotFound):
        readable_file(session, house.accused, kept.id)


def test_a_blind_expert_sees_the_task_and_not_the_case(session, house) -> None:
    house.to_statement().do("state", house.accused)
    assert queries.get_task(session, house.expert, house.task("mark").id)
    with pytest.raises(NotFound):
        queries.get_case(session, house.expert, house.case_id)


def test_a_body_that_had_a_task_keeps_seeing_the_case(session, house) -> None:
    house.to_statement()
    assert queries.get_case(session, house.staff, house.case_id)
    with pytest.raises(NotFound):
        queries.get_case(session, house.others, house.case_id)


def test_whoever_judges_does_not_learn_a_concealed_name(session, house) -> None:
    house.to_statement()
    seen = open_dossier(session, house.staff, house.case_id, clock.now(), "zh")
    assert seen.people.name(house.applicant.user_id, "applicant") == CONFIDENTIAL
    handled = open_dossier(session, house.reviewer, house.case_id, clock.now(), "zh")
    assert handled.people.name(house.applicant.user_id, "applicant").zh == "applicant"


@pytest.mark.parametrize("role", ["regulator", "finance", "process_admin", "system_admin"])
def test_who_only_looks_on_sees_the_case_and_not_a_concealed_name(session, house, role) -> None:
    house.to_statement()
    looker = house.person(f"a.{role}", role)
    seen = open_dossier(session, looker, house.case_id, clock.now(), "zh")
    assert seen.people.name(house.applicant.user_id, "applicant") == CONFIDENTIAL
    task = house.task("check")
    assert names_on(session, looker, [task.id])[task.id].applicant == ""
    assert open_cases_of(session, looker, [house.applicant.user_id]) == {}


@pytest.mark.parametrize(("role", "found"), [("reviewer", 1), ("finance", 0), ("body_staff", 0)])
def test_a_name_finds_a_concealed_case_for_who_may_know_it(session, house, role, found) -> None:
    house.to_statement()
    reader = house.colleague if role == "body_staff" else house.person("reader", role)
    number = session.get_one(Case, house.case_id).number

    def count(text: str) -> int:
        return cases_wanted(session, reader, CaseFilter(text=text), clock.now(), 10)[1]

    assert (count("applicant"), count(number)) == (found, 1)


def test_a_concealed_name_finds_no_task(session, house) -> None:
    house.file().do("disclose", house.reviewer, marker=str(house.expert.user_id))
    named = InboxFilter(view="all", text="applicant")
    assert page_of_tasks(session, house.staff, named, clock.now()) == []
    assert open_tasks(session, house.person("boss", "process_admin"), "applicant", 5) == []


def test_a_colleague_who_is_the_other_party_gets_no_notice_to_the_group(session, house) -> None:
    grant_role(session, house.accused.user_id, "reviewer", clock.now())
    house.to_decision()
    clock.move(timedelta(days=10))
    reminding.remind(session)
    told = select(Notice.kind).where(Notice.role == "reviewer")
    of_accused = told.where(Notice.user_id == house.accused.user_id)
    of_reviewer = told.where(Notice.user_id == house.reviewer.user_id)
    assert session.scalars(of_accused).all() == []
    assert {"task.opened", "deadline.late"} <= set(session.scalars(of_reviewer))


def test_a_blind_task_goes_to_nobody_who_can_read_the_case(session, house) -> None:
    house.to_statement().do("state", house.accused)
    other = house.person("other", "expert")
    grant_role(session, other.user_id, "approver", clock.now())
    boss = house.person("boss", "process_admin")
    with pytest.raises(Invalid):
        assignment.reassign(session, boss, house.task("mark").id, other.user_id, "休假")


def test_a_letter_to_the_other_party_is_for_them_and_the_association(session, house) -> None:
    house.to_decision().do("decide", house.reviewer, body="不成立")
    letter = letters_of(session, house.case_id)[0]
    assert "不成立" in letter.content["paragraphs"][0]["zh"]
    assert get_letter(session, house.accused, letter.id)
    assert get_letter(session, house.reviewer, letter.id)
    for stranger in (house.others, house.expert):
        with pytest.raises(NotFound):
            get_letter(session, stranger, letter.id)


def test_no_notice_leads_the_other_party_to_the_case(session, house) -> None:
    house.to_decision().do("decide", house.reviewer, body="不成立")
    told = session.scalars(select(Notice).where(Notice.user_id == house.accused.user_id)).all()
    assert told
    assert {one.case_id for one in told} == {None}
    assert not [one for one in told if "/cases/" in one.link]


def test_an_organisation_is_the_other_party_through_its_staff(session, house) -> None:
    house.file(accused="", accused_body=str(house.other.id))
    house.do("disclose", house.reviewer, marker=str(house.expert.user_id)).do("check", house.staff)
    assert page_of_tasks(session, house.others, InboxFilter(view="group"), clock.now())
    with pytest.raises(NotFound):
        queries.get_case(session, house.others, house.case_id)


def test_what_an_organisation_files_is_every_colleagues_business(session, house) -> None:
    house.file(house.staff)
    case = session.get_one(Case, house.case_id)
    assert case.applicant_organisation_id == house.body.id
    assert [one.id for one in my_cases(session, house.colleague)[0]] == [case.id]
    assert my_cases(session, house.others)[0] == []


def test_a_colleague_carries_on_with_what_an_organisation_files(session, house) -> None:
    house.case_id = operations.start_case(session, house.staff, "dispute").id
    task = house.task("file")
    assignment.release(session, house.staff, task.id)
    assignment.claim(session, house.colleague, task.id)
    house.do("file", house.colleague, body=str(house.body.id))
    assert session.get_one(Case, house.case_id).state == "open"


def test_a_service_may_refuse_to_be_started(session, house, monkeypatch) -> None:
    why = Text("另一件还没有办完。", "Another one is open.")
    monkeypatch.setitem(registry.admissions, "dispute", lambda *_: why)
    with pytest.raises(NotNow, match="Another one"):
        operations.start_case(session, house.applicant, "dispute")


def test_a_service_opens_with_what_it_is_about(session, house) -> None:
    given = {"body": "7", "unknown": "x"}
    case = operations.start_case(session, house.applicant, "dispute", given=given)
    draft = queries.draft_of(session, queries.tasks_of(session, case.id)[0].id)
    assert draft.data == {"body": "7"}


def test_a_deadline_is_reminded_of_once_and_told_once_when_late(session, house) -> None:
    house.to_decision()
    clock.move(timedelta(days=5))  # 2026-11-25, two working days before the end
    assert reminding.remind(session) == 1
    assert reminding.remind(session) == 0
    clock.move(timedelta(days=5))
    assert reminding.remind(session) == 1
    kinds = session.scalars(select(Notice.kind).where(Notice.kind.startswith("deadline."))).all()
    assert sorted(set(kinds)) == ["deadline.late", "deadline.soon"]
    assert reminding.remind(session) == 0


def test_a_reminder_that_fails_waits_alone_until_somebody_has_looked(
    session, house, monkeypatch
) -> None:
    broken = house.to_decision().case_id
    house.to_decision()
    clock.move(timedelta(days=5))
    tell = reminding._tell

    def fail_for_one(own, deadline, *rest):
        tell(own, deadline, *rest)
        if deadline.case_id == broken:
            raise KeyError("decision")

    with monkeypatch.context() as patched:
        patched.setattr(reminding, "_tell", fail_for_one)
        assert [reminding.remind(session) for _ in range(2)] == [1, 0]
    told = select(Notice.case_id).where(Notice.kind == "deadline.soon").distinct()
    assert session.scalars(told).all() == [house.case_id]
    [incident] = open_incidents(session)
    assert (incident.case_id, incident.reason, incident.times) == (broken, "KeyError", 1)
    resolve(session, incident.kind, incident.subject)
    assert reminding.remind(session) == 1


def test_a_closed_case_is_taken_up_again_where_its_service_allows(session, house) -> None:
    publish_dispute(session, appealable={"outcomes": ["done"], "reopen_at": ["decide"]})
    house.to_decision().do("decide", house.reviewer, body="不成立")
    linking.reopen(session, house.case_id, "decide", house.reviewer, "申诉成立")
    case = session.get_one(Case, house.case_id)
    assert (case.state, case.stages, case.outcome) == ("open", ["decide"], None)
    house.do("decide", house.reviewer, body="成立")
    assert case.state == "closed"


def test_a_case_is_not_taken_up_again_anywhere_else(session, house) -> None:
    house.to_decision().do("decide", house.reviewer, body="不成立")
    with pytest.raises(Conflict):
        linking.reopen(session, house.case_id, "decide", house.reviewer, "申诉成立")


def test_a_body_without_people_is_an_incident(session, house) -> None:
    empty = make_body(session, "没有人的样例机构")
    house.file(body=str(empty.id)).do("disclose", house.reviewer, marker=str(house.expert.user_id))
    found = session.scalars(select(Incident).where(Incident.kind == "case.nobody")).all()
    assert len(found) == 1

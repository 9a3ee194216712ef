"""Whoever is complained of never learns who complained (D4): every page, answer, paper, file name.

Somebody complained of who holds every role of the platform, and everybody of a body complained
of, walk every page that they can reach; nothing there may hold a mark of the complainants.
"""

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

import pytest
from sqlalchemy import ColumnElement, false, select, true

from certflow.cases import concealing, evidence, inbox, scope
from certflow.cases.models import Case, CaseParty, HumanTask
from certflow.core import clock
from certflow.core import settings as settings_
from certflow.core.actor import Actor
from certflow.core.db import db, transaction, writing
from certflow.core.files import StoredFile
from factories.cast import START
from factories.databases import make_settings
from factories.probing.shielding import (
    browser,
    look,
    marks_in,
    onlookers,
    searches,
    walk,
    walks,
    words_of,
)
from factories.shielded import LOGIN, ONLOOKERS, PAPERS, Town, built, settle


@pytest.fixture(scope="module", params=["person", "body"])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """One town a kind of accused: a colleague of the association may see complaints about others."""
    folder = tmp_path_factory.mktemp("shield")
    settings = make_settings(f"sqlite:///{folder}/test.db", folder)
    with built(settings, partial(settle, kind=request.param)) as found:
        yield found


@pytest.fixture(autouse=True)
def at_the_start(town: Town) -> Iterator[None]:
    settings_.install(town.app.extensions["certflow"])
    clock.freeze(START)
    yield
    clock.reset()


def test_no_page_paper_or_file_name_tells_who_complained(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    found = walks(town, every=2)  # all of them: benchmarks.security
    with capsys.disabled():
        print(
            f"\nshield: {found.tried} probes of {len(town.eyes)} people in their roles, "
            f"{len(found.failed)} marks"
        )
    assert found.failed == [], "\n".join(found.failed[:40])


def test_a_search_for_the_complainant_finds_nothing(town: Town) -> None:
    """What is not shown cannot be guessed either: a search by name must not find the case."""
    assert searches(town).failed == []


def test_nobody_complained_of_can_take_a_task_of_the_association(town: Town) -> None:
    let_in = []
    with town.app.app_context():
        inner = select(HumanTask.id).where(
            HumanTask.case_id.in_(town.cases), HumanTask.state == "open", HumanTask.role != "party"
        )
        tasks = list(db.session().scalars(inner))
        db.session.remove()
    for who, (token, _bearer) in town.eyes.items():
        client = browser(town, token)
        for task in tasks:
            for way in ("claim", "release"):
                answer = client.post(f"/tasks/{task}/{way}")
                if answer.status_code not in {403, 404}:
                    let_in.append(f"{who} {way} {task}: {answer.status_code}")
    assert let_in == []


def test_nobody_complained_of_learns_from_the_trail_that_there_is_a_case(town: Town) -> None:
    with town.app.app_context():
        of_party = select(CaseParty.case_id).where(CaseParty.part == "party")
        inner = select(Case.id, Case.number).where(Case.id.in_(of_party), Case.id != town.own)
        against = {row[0]: row[1] for row in db.session().execute(inner)}
        db.session.remove()
    who = next(one for one in town.eyes if one.endswith("as system_admin"))
    client = browser(town, town.eyes[who][0])
    asked = [f"number={one}" for one in against.values()]
    asked += [f"chain=case/{one}" for one in against]
    for query in [*asked, f"user={quote(LOGIN)}"]:
        page = client.get(f"/admin/audit?{query}").get_data(as_text=True)
        assert "没有符合条件" in page, query
    for case_id in against:
        client.post("/admin/audit/verify", data={"chain": f"case/{case_id}"})
        assert "没有找到这条记录链" in client.get("/admin/audit").get_data(as_text=True)


@pytest.mark.parametrize("role", [*ONLOOKERS, "expert"])
def test_who_only_looks_on_reads_the_complaint_without_the_name(town: Town, role: str) -> None:
    found = onlookers(town, role)
    assert found.failed == [], "\n".join(found.failed[:40])


def nobody_against(_actor: Actor) -> ColumnElement[bool]:
    return true()


def test_without_the_guard_of_cases_it_would_be_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope, "_not_against", nobody_against)
    who = next(one for one in town.eyes if one.endswith("as reviewer"))
    found = walk(town, who, [f"/cases/{town.cases[0]}?tab=files"])
    assert {one.mark.split()[0] for one in found} >= {"name", "file"}


def test_without_the_shield_of_appeals_it_would_be_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concealing, "shielding", lambda _session, _case: None)
    client = browser(town, town.onlookers["expert"][0])
    assert marks_in(town, words_of(look(client, f"/cases/{town.cases[-1]}")))


def test_without_the_neutral_file_names_it_would_be_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is disclosed is renamed: a complainant's file shown as it is would be found."""
    with town.app.app_context(), writing():
        with transaction() as session:
            shown = [one for case in town.cases for one in evidence.disclosed_files(session, case)]
            kept = {one.id: one.name for one in shown}
            for one in shown:
                one.name = PAPERS[0]
        try:
            who = next(one for one in town.eyes if one.endswith(("as applicant", "as body_staff")))
            found = walk(town, who, [f"/tasks/{one}" for one in town.ids["task_id"]])
            assert f"file {PAPERS[0]}" in {one.mark for one in found}
        finally:
            with transaction() as session:
                for file_id, name in kept.items():
                    session.get_one(StoredFile, file_id).name = name


def test_without_the_guard_of_the_inbox_it_would_be_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "against", lambda _user_id: select(Case.id).where(false()))
    who = next(one for one in town.eyes if one.endswith("as complaints_office"))
    found = walk(town, who, ["/office/inbox?view=group"])
    assert {one.mark.split()[0] for one in found} >= {"name"}

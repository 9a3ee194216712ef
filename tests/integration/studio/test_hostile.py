"""Hostile and broken files through every door of the studio (issue 4, section 5).

Whatever comes in is refused in words, or becomes a draft in which each thing that is wrong is named
at its element; no page breaks on it, nothing is published, and other processes go on as before.
"""

import json
from typing import Any

import pytest
from benchmarks.doors import doors, ladder
from benchmarks.hostile_corpus import GRAPHS, XML
from flask import Flask
from sqlalchemy import func, select

from certflow.cases import operations, versions
from certflow.cases.models import ProcessVersion
from certflow.cases.turn import holding
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.incidents import open_incidents
from certflow.demo.quarrels import Walk
from certflow.engine.errors import BudgetExceeded
from certflow.studio import drafts
from certflow.studio.checking import check
from certflow.web.limits import limiter
from factories.actors import actor, make_person, make_user
from factories.browser import Browser
from factories.cast import ROOT, START
from factories.studio import acting, make_designer

KEY = "feedback"
PAGES = (
    "",
    "/tables",
    "/tables/hostile",
    "/settings",
    "/imported",
    "/findings",
    "/forms",
    "/export",
)
REFUSED, TAKEN, MENDED = 422, 303, 200


@pytest.fixture
def designer(app: Flask, session: Session) -> Browser:
    clock.freeze(START)
    with app.app_context():
        limiter.reset()
    versions.publish(session, KEY, versions.read_folder(ROOT, KEY), "随安装包发布")
    user = make_designer(session, "pei")
    drafts.begin_from(session, acting(user), KEY)
    session.commit()
    return Browser(app, session).sign_in("pei")


def bring(designer: Browser, source: bytes, name: str, key: str) -> Any:
    fields = {"csrf_token": designer.token(), "key": key}
    head = b'--x\r\nContent-Disposition: form-data; name="'
    body = b"".join(
        head + field.encode() + b'"\r\n\r\n' + value.encode() + b"\r\n"
        for field, value in fields.items()
    )
    body += head + f'file"; filename="{name}"\r\n\r\n'.encode() + source + b"\r\n--x--\r\n"
    sent = {"data": body, "content_type": "multipart/form-data; boundary=x"}
    return designer.send("POST", "/studio/import", **sent)


def post_json(designer: Browser, address: str, **sent: Any) -> Any:
    headers = {"X-CSRFToken": designer.token(), "Accept": "application/json"}
    return designer.send("POST", address, headers=headers, **sent)


def put(designer: Browser, part: str, content: Any) -> int:
    """Save a part through the parts API; return the status."""
    address = f"/studio/{KEY}/draft/parts/{part}"
    seen = designer.get(address)
    revision = seen.json["revision"] if seen.status_code == MENDED else 0
    sent = {"content": content, "revision": revision}
    return int(post_json(designer, address, json=sent).status_code)


def errors(designer: Browser) -> list[dict[str, Any]]:
    found = designer.get(f"/studio/{KEY}/draft/findings").json["findings"]
    return [one for one in found if one["severity"] == "error"]


def look_at_every_page(designer: Browser) -> None:
    for page in PAGES:
        answer = designer.get(f"/studio/{KEY}/draft{page}")
        assert answer.status_code in (MENDED, 404), page  # 404: no such table


def test_nothing_gets_through_a_door_and_nothing_breaks(app: Flask) -> None:
    with app.app_context():
        through = [door.__defaults__ for door in doors() if door()]  # type: ignore[attr-defined]
    assert through == []


def test_a_sound_file_gets_through_the_same_doors(designer: Browser) -> None:
    """The control: what is refused above is refused for what it is."""
    source = versions.read_folder(ROOT, KEY)["bpmn"].encode()
    assert bring(designer, source, "feedback.bpmn", "room_booking").status_code == TAKEN
    assert put(designer, "bpmn", source.decode()) == MENDED
    assert errors(designer) == []


def test_a_hostile_diagram_is_refused_or_listed(designer: Browser, session: Session) -> None:
    taken = 0
    for number, (name, source) in enumerate(XML.items()):
        answer = bring(designer, source, "attack.bpmn", f"attack_{number}")
        assert answer.status_code in (REFUSED, TAKEN), name
        if answer.status_code == TAKEN:
            taken += 1
            page = designer.get(f"/studio/attack_{number}/draft/imported")
            assert page.status_code == MENDED, name
            assert "不能运行的" in page.text, name
    assert 0 < taken < len(XML)
    assert session.scalar(select(func.count()).where(ProcessVersion.key.like("attack%"))) == 0


def test_a_graph_that_cannot_run_is_a_draft_with_its_element_named(designer: Browser) -> None:
    for number, (name, source) in enumerate(GRAPHS.items()):
        answer = bring(designer, source, "attack.bpmn", f"attack_{number}")
        assert answer.status_code in (TAKEN, REFUSED), name
        if answer.status_code == TAKEN:
            found = designer.get(f"/studio/attack_{number}/draft/findings").json["findings"]
            assert any(one["severity"] == "error" and one["part"] == "bpmn" for one in found), name


HOSTILE_PARTS = {
    "bpmn": ["", "<", "<a/>", XML["billion laughs"].decode(), GRAPHS["fork ladder"].decode()],
    "table:hostile": ["", "<", XML["entity of a file"].decode(), ladder(60), ladder(3)[:-20]],
    "form:file": [
        {},
        {"pages": 3},
        {"schema": {"properties": []}},
        {"pages": [{"fields": [None]}]},
    ],
    "service": [{}, {"title": 1}, {"notices": [1], "stages": "x"}, {"fee": {"amounts": {"a": -5}}}],
}


@pytest.mark.parametrize("part", HOSTILE_PARTS)
def test_a_broken_part_breaks_no_page(designer: Browser, part: str) -> None:
    for content in HOSTILE_PARTS[part]:
        assert put(designer, part, content) in (MENDED, REFUSED), content
        look_at_every_page(designer)
        assert errors(designer), content


def test_json_that_is_no_part_is_refused(designer: Browser) -> None:
    address = f"/studio/{KEY}/draft/parts/service"
    for body in (b"[" * 200_000, b"{", b"\xff\xfe", b"[]", b'{"content": {}, "revision": "x"}'):
        answer = post_json(designer, address, data=body, content_type="application/json")
        assert answer.status_code in (400, REFUSED), body[:20]


def test_the_table_editor_answers_whatever_stands_in_it(designer: Browser) -> None:
    put(designer, "table:hostile", ladder(2))
    address = f"/studio/{KEY}/draft/tables/hostile/examine"
    for xml in ("", "<a/>", XML["billion laughs"].decode(), ladder(60), "<" * 100_000):
        answer = post_json(designer, address, json={"xml": xml, "decision": "a1"})
        assert answer.status_code == MENDED, xml[:40]
        assert answer.json["findings"], xml[:40]


def test_a_ladder_of_decisions_is_decided_once_a_rung(session: Session) -> None:
    from certflow.engine.dmn import load_tables

    made, found = load_tables({"d": ladder(25).encode()})
    assert not found
    assert made["a24"].decide({}) == 2**24


def test_too_many_decisions_in_a_row_are_refused_by_name(session: Session) -> None:
    content = versions.read_folder(ROOT, KEY)
    remarks = check(KEY, {**content, "tables": {"d": ladder(60)}})
    assert any(one.part == "table:d" and one.place == "a30" for one in remarks)


def test_the_versions_in_force_are_as_they_were(designer: Browser, session: Session) -> None:
    before = session.scalar(select(ProcessVersion.checksum).where(ProcessVersion.key == KEY))
    for part, contents in HOSTILE_PARTS.items():
        put(designer, part, contents[0])
    session.expire_all()
    assert (
        session.scalar(select(ProcessVersion.checksum).where(ProcessVersion.key == KEY)) == before
    )
    assert json.dumps(versions.active(session, KEY).settings)


MATTER = {
    "kind": "fault",
    "place": "人员注册申请",
    "matter": "上传学历证书后页面一直转圈，换了浏览器也一样。",
}
MANY = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>{0}</bpmn:loopCardinality>"
    "</bpmn:multiInstanceLoopCharacteristics>"
)
UNSEEN = '1000000000 if kind == "fault" else 1'
ANSWERED = "<bpmn:outgoing>answer_to_way</bpmn:outgoing>"


def filed(session: Session, applicant: Actor) -> Walk:
    walk = Walk(session=session, case_id=operations.start_case(session, applicant, KEY).id)
    walk.do("file", applicant, MATTER, "submit")
    return walk


@pytest.mark.parametrize("count", ["1000000000", "500000 * 2000"])
def test_a_billion_tasks_are_refused_with_their_element(count: str) -> None:
    content = versions.read_folder(ROOT, KEY)
    drawn = content["bpmn"].replace(ANSWERED, ANSWERED + MANY.format(count), 1)
    found = [one for one in check(KEY, {**content, "bpmn": drawn}) if one.severity == "error"]
    assert [(one.part, one.place) for one in found] == [("bpmn", "answer")]


def test_a_billion_that_nobody_could_see_are_held_and_other_cases_go_on(session: Session) -> None:
    clock.freeze(START)
    user = make_user(session, "lin", "applicant")
    make_person(session, user, 1, None)
    applicant = actor(user, "applicant")
    content = versions.read_folder(ROOT, KEY)
    versions.publish(session, KEY, content, "随安装包发布")
    before = operations.start_case(session, applicant, KEY)
    drawn = content["bpmn"].replace(ANSWERED, ANSWERED + MANY.format(UNSEEN), 1)
    versions.publish(session, KEY, {**content, "bpmn": drawn}, "改版")
    session.commit()
    with pytest.raises(BudgetExceeded) as stopped:
        filed(session, applicant)
    session.rollback()
    with holding(str(stopped.value)):
        held = filed(session, applicant)
    assert [one.case_id for one in open_incidents(session)] == [held.case_id]
    assert held.tasks("answer") == []
    other = Walk(session=session, case_id=before.id)
    other.do("file", applicant, MATTER, "submit")
    assert len(other.tasks("answer")) == 1

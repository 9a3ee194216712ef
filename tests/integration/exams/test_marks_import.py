"""The exam office imports results: a dry run, the good rows accepted, the bad ones given back."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from certflow.core import clock, imports
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.tables import table_file
from certflow.exams import marks_import, queries
from certflow.exams.models import Mark
from factories import exams
from factories.actors import actor, make_user
from factories.cast import START
from factories.exams import QMS, Sitting, check


@pytest.fixture
def office(session: Session) -> Actor:
    clock.freeze(START)
    return actor(make_user(session, "qin", "exam_office"), "exam_office")


@pytest.fixture
def sitting(session: Session, office: Actor) -> Sitting:
    return exams.two_candidates(session, exams.make_exam(session, office))


def row(sitting: Sitting, whose: str = "林知夏", **changed: object) -> list[object]:
    """A right row, with some cells changed."""
    cells: dict[str, object] = {
        "ticket": sitting.entries[whose].ticket_number,
        "name": whose,
        "subject": "质量管理体系基础",
        "score": 71,
        "date": "2026-10-17",
    }
    return list((cells | changed).values())


def marks(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Mark)) or 0


def accept(session: Session, sitting: Sitting, made: imports.TableImport, office: Actor) -> None:
    marks_import.accept_marks(session, sitting.exam, made, clock.now(), office)


def problems(session: Session, made: imports.TableImport) -> dict[int, str]:
    return {one.number: one.problem.zh for one in imports.rejected_rows(session, made)}


def test_a_dry_run_changes_nothing(session: Session, sitting: Sitting, office: Actor) -> None:
    made = check(session, sitting.exam, office, row(sitting), row(sitting, "何映雪", score=55))
    assert (made.state, made.good, made.bad, made.same) == ("checked", 2, 0, 0)
    assert marks(session) == 0


def test_good_rows_are_taken_and_bad_ones_told(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    made = check(session, sitting.exam, office, row(sitting), row(sitting, "何映雪", score=101))
    accept(session, sitting, made, office)
    assert marks(session) == 1
    assert problems(session, made) == {3: "成绩应为 0 至 100 的整数，缺考请填“缺考”。"}


def test_accepting_twice_changes_nothing_twice(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    made = check(session, sitting.exam, office, row(sitting))
    accept(session, sitting, made, office)
    accept(session, sitting, made, office)
    assert marks(session) == 1


def test_the_same_file_again_says_nothing_new(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    accept(session, sitting, check(session, sitting.exam, office, row(sitting)), office)
    again = check(session, sitting.exam, office, row(sitting))
    assert (again.good, again.bad, again.same) == (0, 0, 1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ticket": ""}, "没有填写准考证号"),
        ({"ticket": "202602999999"}, "没有这个准考证号"),
        ({"name": "林知秋"}, "姓名与准考证号不符"),
        ({"subject": "烹饪基础"}, "没有科目“烹饪基础”"),
        ({"subject": "环境管理体系基础"}, "没有报考“环境管理体系基础”"),
        ({"date": "2026-10-18"}, "这一科在 2026-10-17 考"),
        ({"date": "昨天"}, "这一科在 2026-10-17 考"),
        ({"score": "七十一"}, "0 至 100 的整数"),
        ({"score": 71.5}, "0 至 100 的整数"),
        ({"score": -1}, "0 至 100 的整数"),
        ({"score": ""}, "0 至 100 的整数"),
        ({"score": "#N/A"}, "0 至 100 的整数"),
    ],
)
def test_each_row_says_what_is_wrong(
    session: Session, sitting: Sitting, office: Actor, changed: dict[str, object], said: str
) -> None:
    made = check(session, sitting.exam, office, row(sitting, **changed))
    assert said in problems(session, made)[2]


@pytest.mark.parametrize(
    "changed",
    [
        {"score": "71.0"},
        {"score": "７１"},
        {"name": " 林 知夏 "},
        {"subject": "QMS基础"},
        {"subject": "Basis of quality management"},
        {"date": "2026/10/17"},
        {"date": "2026年10月17日"},
        {"date": ""},
    ],
)
def test_what_people_write_differently_is_understood(
    session: Session, sitting: Sitting, office: Actor, changed: dict[str, object]
) -> None:
    made = check(session, sitting.exam, office, row(sitting, **changed))
    assert problems(session, made) == {}
    accept(session, sitting, made, office)
    assert session.scalars(select(Mark.score)).one() == 71


def test_an_absent_candidate_has_no_score(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    accept(
        session, sitting, check(session, sitting.exam, office, row(sitting, score="缺考")), office
    )
    mark = session.scalars(select(Mark)).one()
    assert (mark.score, mark.absent) == (0, True)


def test_a_doubled_row_names_the_first_one(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    made = check(session, sitting.exam, office, row(sitting), row(sitting, score=90))
    assert problems(session, made) == {3: "与第 2 行重复：同一考生同一科目。"}


def test_an_unpublished_score_can_be_replaced_a_published_one_not(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    accept(session, sitting, check(session, sitting.exam, office, row(sitting, score=50)), office)
    accept(session, sitting, check(session, sitting.exam, office, row(sitting, score=51)), office)
    assert marks(session) == 2
    exams.give_marks(session, sitting, {}, office)
    made = check(session, sitting.exam, office, row(sitting, score=52))
    assert problems(session, made) == {2: "已发布的成绩是 51，更正要走成绩复核。"}


def test_what_was_published_after_the_dry_run_is_not_overwritten(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    made = check(session, sitting.exam, office, row(sitting, score=52))
    exams.give_marks(session, sitting, {("林知夏", QMS): 71}, office)
    accept(session, sitting, made, office)
    assert (made.good, made.bad) == (0, 1)
    latest = queries.marks_of(session, [sitting.sat["林知夏", QMS].id])
    assert [mark.score for one in latest.values() for mark in one] == [71]


def test_bad_rows_come_back_with_the_reason_and_no_formulas(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    made = check(session, sitting.exam, office, row(sitting, name="=HYPERLINK(1)"))
    accept(session, sitting, made, office)
    head, rows = imports.given_back(session, made, "zh")
    book = load_workbook(BytesIO(table_file("xlsx", head, rows)))
    found = list(book.worksheets[0].iter_rows())
    assert found[0][-1].value == "退回原因"
    assert (found[1][1].value, found[1][1].data_type) == ("=HYPERLINK(1)", "s")
    assert found[1][-1].value == "姓名与准考证号不符，请核对。"


def test_the_file_given_back_can_be_mended_and_sent_again(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    made = check(session, sitting.exam, office, row(sitting, score="+71"))
    accept(session, sitting, made, office)
    head, rows = imports.given_back(session, made, "zh")
    mended = [[*cells[:3], "71", *cells[4:]] for cells in rows]
    again = marks_import.check_marks(
        session, sitting.exam, exams.upload(mended, head), clock.now(), office
    )
    assert (again.good, again.bad) == (1, 0)
    accept(session, sitting, again, office)
    assert imports.given_back(session, again, "zh")[0] == [*exams.HEAD, "退回原因"]


def test_a_later_upload_replaces_one_that_was_not_accepted(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    first = check(session, sitting.exam, office, row(sitting, score=1))
    check(session, sitting.exam, office, row(sitting, score=2))
    with pytest.raises(Conflict):
        accept(session, sitting, first, office)
    assert marks(session) == 0


def test_another_exams_import_is_not_found(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    made = check(session, sitting.exam, office, row(sitting))
    with pytest.raises(NotFound):
        imports.find_import(session, made.id, marks_import.KIND, "exam/999")


def test_a_file_without_the_column_names_it(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    with pytest.raises(Invalid) as refused:
        marks_import.check_marks(
            session,
            sitting.exam,
            exams.upload([["1", "2"]], ["准考证号", "姓名"], "csv"),
            clock.now(),
            office,
        )
    assert "科目、成绩" in refused.value.message.zh


def test_the_template_holds_who_has_no_score_yet(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    accept(session, sitting, check(session, sitting.exam, office, row(sitting)), office)
    rows = list(marks_import.template(session, sitting.exam, "zh"))
    assert [(one[1], one[2]) for one in rows] == [
        ("林知夏", "认证通用基础"),
        ("何映雪", "质量管理体系基础"),
    ]


def test_rows_that_nobody_came_back_for_are_forgotten(
    session: Session, sitting: Sitting, office: Actor
) -> None:
    accepted = check(session, sitting.exam, office, row(sitting), row(sitting, score="x"))
    accept(session, sitting, accepted, office)
    left = check(session, sitting.exam, office, row(sitting, "何映雪"))
    assert imports.forget_rows(session, clock.now()) == 0
    clock.move(timedelta(days=91))
    assert imports.forget_rows(session, clock.now() - timedelta(days=90)) == 2
    assert (left.state, accepted.state) == ("discarded", "accepted")
    assert session.scalar(select(func.count()).select_from(imports.TableImportRow)) == 0
    assert imports.forget_rows(session, clock.now()) == 0

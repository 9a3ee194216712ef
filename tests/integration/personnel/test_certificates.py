import io
from datetime import UTC, date, datetime, timedelta

import pytest
from pypdf import PdfReader

from certflow.core import audit, clock
from certflow.core.actor import SYSTEM, Actor
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.personnel import queries
from certflow.personnel.models import Certificate
from certflow.personnel.operations import (
    NewCertificate,
    confirm_year,
    issue_certificate,
    set_certificate_state,
)
from factories import people
from factories.people import NINE

TODAY = date(2026, 11, 20)


@pytest.fixture
def person(session):
    return people.person(session, pinyin="Lin Zhiyuan")


def issue(session, person, mode="first_intern", at=NINE, **changes):
    told = {
        "person_id": person.id,
        "field": "QMS",
        "mode": mode,
        "specialities": ("machinery", "trade"),
        "organisation_id": None,
        **changes,
    }
    return issue_certificate(session, NewCertificate(**told), at)


def test_a_certificate_has_a_number_of_its_year_grade_and_field(session, person):
    numbers = [
        issue(session, person).number,
        issue(session, people.person(session, 2)).number,
        issue(session, person, "upgrade_to_formal").number,
        issue(session, person, field="EnMS", specialities=("power",)).number,
        issue(session, people.person(session, 3), at=datetime(2026, 12, 31, 16, tzinfo=UTC)).number,
    ]
    assert numbers == [
        "2026-N0QMS-0000001",
        "2026-N0QMS-0000002",
        "2026-N1QMS-0000001",
        "2026-N0ENMS-0000001",
        "2027-N0QMS-0000001",
    ]


def test_it_is_valid_for_three_years_and_expired_the_day_after(session, person):
    certificate = issue(session, person)
    assert (certificate.valid_from, certificate.valid_until) == (TODAY, date(2029, 11, 19))
    assert queries.state_on(certificate, date(2029, 11, 19)) == "valid"
    assert queries.state_on(certificate, date(2029, 11, 20)) == "expired"


def test_a_case_leads_to_one_certificate_however_often_it_is_issued(session, person):
    first = issue(session, person, case_id=7)
    assert issue(session, person, case_id=7) is first
    assert issue(session, person, "upgrade_to_formal", case_id=8) is not first
    assert queries.certificate_of_case(session, 7, TODAY).number == first.number


def test_the_new_certificate_of_a_field_replaces_the_old_one(session, person):
    intern = issue(session, person)
    other = issue(session, person, field="EMS", specialities=())
    formal = issue(session, person, "upgrade_to_formal")
    assert (intern.state, other.state, formal.state) == ("replaced", "valid", "valid")
    assert (formal.replaces_id, formal.grade) == (intern.id, "formal")
    assert queries.held_certificate(session, person.id, "QMS") is formal


def test_a_change_of_speciality_does_not_prolong(session, person):
    old = issue(session, person, "formal_from_other_field")
    wider = issue(session, person, "extend_speciality", NINE + timedelta(days=365))
    assert (wider.grade, wider.valid_until) == ("formal", old.valid_until)
    renewed = issue(session, person, "re_registration", NINE + timedelta(days=365))
    assert renewed.valid_until > old.valid_until


def test_a_suspended_certificate_is_replaced_too(session, person):
    old = issue(session, person)
    set_certificate_state(session, old, "suspended", SYSTEM, "未按期确认")
    old.suspended_until = date(2027, 5, 20)
    new = issue(session, person, "upgrade_to_formal")
    assert old.state == "replaced"
    assert (new.state, new.suspended_until) == ("suspended", date(2027, 5, 20))


def test_a_speciality_of_another_field_is_refused(session, person):
    with pytest.raises(Invalid) as caught:
        issue(session, person, specialities=("meat",))
    assert "specialities" in caught.value.fields


def test_the_audit_trail_tells_who_issued_it(session, person):
    certificate = issue(session, person)
    told = audit.events(session, f"certificate/{certificate.id}")
    assert [event.action for event in told] == ["certificate.issued"]
    assert told[0].after == {"number": certificate.number, "replaces": None}


def test_a_suspended_certificate_can_be_restored_and_a_cancelled_one_not(session, person):
    certificate = issue(session, person)
    for state in ("suspended", "valid", "cancelled"):
        set_certificate_state(session, certificate, state, SYSTEM, "测试")
    with pytest.raises(Conflict):
        set_certificate_state(session, certificate, "valid", SYSTEM, "测试")
    assert [e.action for e in audit.events(session, f"certificate/{certificate.id}")] == [
        "certificate.issued",
        "certificate.suspended",
        "certificate.restored",
        "certificate.cancelled",
    ]


def test_a_year_is_confirmed_once(session, person):
    certificate = issue(session, person)
    first = confirm_year(session, certificate.id, 1, TODAY)
    assert confirm_year(session, certificate.id, 1, TODAY + timedelta(days=1)) is first
    assert [c.year for c in queries.confirmations_of(session, certificate.id)] == [1]


def test_my_certificates_show_what_the_paper_shows(session):
    body = people.body(session)
    holder = people.person(session)
    issue(session, holder, organisation_id=body.id)
    issue(session, holder, "upgrade_to_formal", organisation_id=body.id)
    formal, intern = queries.certificates_of(session, holder.id, TODAY)
    assert (formal.name, formal.organisation.zh, formal.organisation.en) == (
        "林知远",
        body.name,
        "Sample",
    )
    assert (formal.grade.zh, formal.field.zh) == ("审核员", "质量管理体系")
    assert [text.zh for text in formal.specialities] == ["机械设备", "批发与零售"]
    assert (formal.state, intern.state) == ("valid", "replaced")


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("2026-N0QMS-0000001", "林知远"),
        (" 2026-n0qms-0000001 ", "林 知远"),
        ("２０２６-N0QMS-0000001", "林知远 "),
    ],
)
def test_a_certificate_is_found_by_number_and_name(session, person, number, name):
    issue(session, person)
    assert queries.lookup_certificate(session, number, name, TODAY).number == "2026-N0QMS-0000001"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("2026-N0QMS-0000001", "林知"),
        ("2026-N0QMS-0000009", "林知远"),
        ("2026-N0QMS-0000001", ""),
        ("", ""),
    ],
)
def test_a_wrong_number_and_a_wrong_name_give_the_same_nothing(session, person, number, name):
    issue(session, person)
    assert queries.lookup_certificate(session, number, name, TODAY) is None


def test_names_are_compared_without_case_and_the_dot_of_translated_names(session):
    holder = people.person(session, name="阿依古丽·买买提")
    number = issue(session, holder).number
    assert queries.lookup_certificate(session, number, "阿依古丽买买提", TODAY)
    assert queries.lookup_certificate(session, number, "阿依古丽•买买提", TODAY)


def test_the_code_in_the_qr_finds_the_certificate_and_cannot_be_guessed(session, person):
    first, second = issue(session, person), issue(session, person, field="EMS")
    assert queries.lookup_check_code(session, first.check_code, TODAY).number == first.number
    assert queries.lookup_check_code(session, "", TODAY) is None
    assert len({first.check_code, second.check_code}) == 2
    assert len(first.check_code) == 20


def test_the_public_answer_holds_no_document_number_or_phone(session, person):
    number = issue(session, person).number
    shown = repr(queries.lookup_certificate(session, number, "林知远", TODAY))
    assert person.document_number not in shown
    assert person.phone not in shown


def test_the_e_certificate_is_drawn_once_and_belongs_to_its_holder(session):
    from certflow.core import files
    from certflow.personnel.tasks import make_certificate_pdf

    lin = people.user(session, "lin", "applicant")
    holder = people.person(session, 1, lin.id)
    certificate = issue(session, holder, organisation_id=people.body(session).id)
    with clock.frozen(NINE):
        make_certificate_pdf(session, {"certificate_id": certificate.id})
        drawn = certificate.pdf_file_id
        make_certificate_pdf(session, {"certificate_id": certificate.id})
    assert certificate.pdf_file_id == drawn
    file = session.get(files.StoredFile, drawn)
    assert (file.owner_id, file.name) == (lin.id, f"{certificate.number}.pdf")
    assert files.read(file).startswith(b"%PDF-")


def text_of(content):
    return PdfReader(io.BytesIO(content)).pages[0].extract_text()


def test_until_one_is_made_the_paper_is_drawn_when_it_is_asked_for(session, person):
    """Of a certificate of the earlier system none is ever made: it says where it comes from."""
    from certflow.personnel.tasks import make_certificate_pdf, paper

    ours, earlier = issue(session, person, case_id=7), issue(session, person, field="EMS")
    with clock.frozen(NINE):
        drawn = paper(session, ours)
        make_certificate_pdf(session, {"certificate_id": ours.id})
        assert paper(session, ours) == drawn
        words = text_of(paper(session, earlier).content)
    assert "原系统颁发" in words
    assert "原系统颁发" not in text_of(drawn.content)


def test_the_qr_leads_to_the_public_page_of_this_certificate(session, person):
    from certflow.core.settings import current
    from certflow.personnel.tasks import printed

    certificate = issue(session, person)
    entry = queries.certificate_view(session, certificate.id, TODAY)
    assert printed(entry, current()).check_url == f"http://localhost/v/{certificate.check_code}"


def test_the_database_keeps_one_certificate_a_case(session, person):
    from sqlalchemy.exc import IntegrityError

    first = issue(session, person, case_id=7)
    session.add(
        Certificate(
            **{
                column.key: getattr(first, column.key)
                for column in Certificate.__table__.columns
                if column.key not in {"id", "number", "check_code"}
            },
            number="x",
            check_code="y",
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize(
    ("role", "mine", "readable"),
    [
        ("applicant", True, True),
        ("applicant", False, False),
        ("body_staff", True, True),
        ("body_staff", False, False),
        ("approver", False, True),
        ("teacher", False, False),
    ],
)
def test_a_certificate_is_read_by_holder_body_and_association(session, role, mine, readable):
    body = people.body(session)
    holder = people.person(session)
    certificate = issue(session, holder, organisation_id=body.id)
    own = {"organisation_id": body.id, "person_id": holder.id}
    other = {"organisation_id": body.id + 1, "person_id": holder.id + 1}
    actor = Actor(1, "某人", role, **(own if mine else other))
    if readable:
        assert queries.readable_certificate(session, actor, certificate.id) is certificate
    else:
        with pytest.raises(NotFound):
            queries.readable_certificate(session, actor, certificate.id)


@pytest.mark.parametrize("role", ["applicant", "body_staff"])
def test_who_belongs_nowhere_reads_no_certificate_that_belongs_nowhere(session, person, role):
    certificate = issue(session, person)
    with pytest.raises(NotFound):
        queries.readable_certificate(session, Actor(1, "某人", role), certificate.id)

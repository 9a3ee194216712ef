"""Pages of the other personnel services: what stands beside, what is kept from whom."""

import pytest

from certflow.core import clock
from certflow.core.db import Session
from certflow.personnel.appointments import appoint_expert
from factories.filings import SERVICES, Desk, make_desk
from integration.web.conftest import Browse

NEW_NAME = "林之夏"


@pytest.fixture
def desk(session: Session) -> Desk:
    made = make_desk(session, "registration", *SERVICES)
    made.person.highest_degree = "bachelor"
    return made


@pytest.mark.parametrize("page", ["?tab=application", "/print"])
def test_what_changes_stands_side_by_side_on_the_case(
    desk: Desk, browse: Browse, page: str
) -> None:
    case_id = desk.change(name=NEW_NAME).begin().apply().case_id
    for login in ("lin", "gu.nanqiao"):
        said = browse(login).get(f"/cases/{case_id}{page}").text
        assert "变更前" in said
        assert NEW_NAME in said


def test_no_body_reads_somebodys_change_of_data(desk: Desk, browse: Browse) -> None:
    case_id = desk.change(name=NEW_NAME).begin().apply().case_id
    assert browse("liu").get(f"/cases/{case_id}").status_code == 404


def test_a_body_reads_a_transfer_once_it_is_its_turn(desk: Desk, browse: Browse) -> None:
    transfer = desk.transfer().begin().choose().apply()
    address = f"/cases/{transfer.case_id}"
    assert browse("liu").get(address).status_code == 200
    assert browse("xing").get(address).status_code == 404
    transfer.release()
    assert browse("xing").get(address).status_code == 200


def test_who_is_not_certified_sees_why_not(desk: Desk, browse: Browse) -> None:
    desk.certificate.state = "cancelled"
    said = browse("lin").get("/services").text
    assert said.count("只有持有有效注册证书的认证人员可以办理。") == 2
    assert "您没有可以注销的有效证书。" in said


def test_ones_particulars_and_terms_stand_in_the_profile(
    session: Session, desk: Desk, browse: Browse
) -> None:
    desk.person.employer, desk.person.household = "示例研究院", "示例省样例市"
    appoint_expert(session, desk.applicant.user_id or 0, ["QMS"], 2, clock.now())
    said = browse("lin").get("/my/profile").text
    assert all(
        one in said for one in ("示例研究院", "示例省样例市", "质量管理体系（至 2028-11-19）")
    )


def test_only_the_holder_is_offered_the_cancellation(desk: Desk, browse: Browse) -> None:
    page = browse("lin")
    assert "/services/certificate_cancellation/start" in page.get("/my/certificates").text
    given = {"given-certificate": str(desk.certificate.id)}
    answer = page.post("/services/certificate_cancellation/start", **given)
    assert answer.status_code == 303
    assert "/tasks/" in answer.location
    refused = page.post("/services/certificate_cancellation/start", **{"given-certificate": "x"})
    assert "/tasks/" not in refused.location

"""An initial password opens one page: the one on which it is changed (catalogue A4)."""

import pytest
from sqlalchemy import func, select

from certflow.accounts.models import LoginSession, User
from factories.actors import make_user
from factories.people import PASSWORD

NEW = "Wholly-new-7-words"


def test_with_an_initial_password_one_sets_another_first(session, story, browse) -> None:
    user = make_user(session, "newcomer", "applicant")
    user.must_change_password = True
    browser = browse("newcomer")
    for address in ("/home", "/services", "/my/cases"):
        answer = browser.get(address)
        assert (answer.status_code, answer.location) == (303, "/password"), address
    assert browser.post("/services/registration/start").location == "/password"
    assert browser.get("/verify").status_code == 200
    answer = browser.post("/password", old=PASSWORD, password=NEW, again=NEW)
    assert answer.status_code == 302
    assert browser.get("/services").status_code == 200
    assert not session.get_one(User, user.id).must_change_password


@pytest.mark.parametrize("new", ["short", PASSWORD])
def test_a_new_password_that_will_not_do_leaves_no_login_behind(
    session, story, browse, new
) -> None:
    browser = browse("lin")
    answer = browser.post("/password", old=PASSWORD, password=new, again=new)
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(LoginSession)) == 1
    assert browser.get("/services").status_code == 200

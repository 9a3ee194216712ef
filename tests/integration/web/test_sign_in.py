"""A login leads to the page that was asked for, in the role that may open it (A4, A10)."""

import pytest

from certflow.accounts.operations import grant_role
from factories.actors import make_user
from factories.cast import START
from factories.people import PASSWORD


@pytest.fixture
def both(session, story):
    """Somebody who applies and who reviews."""
    user = make_user(session, "both", "applicant")
    grant_role(session, user.id, "reviewer", START)
    return user


def enter(visitor, target):
    return visitor.post("/login", name="both", password=PASSWORD, next=target)


def test_a_page_of_another_role_held_opens_in_that_role(visitor, both) -> None:
    assert enter(visitor, "/office/inbox?view=all").location == "/office/inbox?view=all"
    page = visitor.get("/office/inbox?view=all")
    assert page.status_code == 200
    assert "已切换到“协会评价人员”身份" in page.text


def test_a_task_of_another_role_held_opens_in_that_role(story, visitor, both) -> None:
    task = story.begin().choose().apply().pre_review().pay().tasks("accept")[0].id
    assert enter(visitor, f"/tasks/{task}").location == f"/tasks/{task}"
    assert visitor.get(f"/tasks/{task}").status_code == 200


def test_a_page_of_a_role_not_held_leads_home_with_a_sentence(visitor, both) -> None:
    for target in ("/admin/tokens", "/tasks/999"):
        assert enter(visitor, target).location == "/home"
        assert "已为您打开首页" in visitor.get("/home").text
        visitor.post("/logout")


def test_a_page_of_the_present_role_opens_without_a_word(visitor, both) -> None:
    assert enter(visitor, "/services").location == "/services"
    assert "已切换" not in visitor.get("/services").text


def test_a_page_that_needs_a_permission_opens_for_who_has_it(session, visitor, both) -> None:
    page = "/studio/registration/draft/discard"
    grant = grant_role(session, both.id, "process_admin", START)
    assert enter(visitor, page).location == "/home"
    visitor.post("/logout")
    grant.permissions = ["edit", "publish", "migrate", "operate", "approve"]
    session.commit()
    assert enter(visitor, page).location == page

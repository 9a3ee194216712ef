"""Requests that no page of ours sends: answered in words, never with a 500 (I4, I9, I11)."""

import pytest

from factories.formpage import open_form

TOO_BIG = 10**25


@pytest.mark.parametrize("address", ["/cases/{}", "/tasks/{}", "/my/certificates/{}"])
def test_a_number_that_no_row_has_is_not_found(story, browse, address) -> None:
    assert browse("lin").get(address.format(TOO_BIG)).status_code == 404


@pytest.mark.parametrize(
    "target", ["/\r\n//evil.example", "/\t/evil.example", "//evil.example", "/\\evil.example"]
)
def test_an_odd_address_to_go_on_to_leads_home(story, browse, target) -> None:
    answer = browse("lin").post("/language", locale="zh", next=target)
    assert (answer.status_code, answer.location) == (302, "/login")


def test_a_digit_that_is_no_number_is_passed_over(story, browse) -> None:
    story.begin().choose().apply()
    page = browse("lin").get(f"/cases/{story.case_id}?tab=application&version=²")
    assert page.status_code == 200


def test_characters_that_nobody_sees_are_left_out_of_what_is_kept(story, browse) -> None:
    story.begin().choose().apply()
    browser = browse("lin")
    browser.post(f"/cases/{story.case_id}/comments", body="材料\x00已\x0b补\x1f交\uffff，\n谢谢")
    page = browser.get(f"/cases/{story.case_id}?tab=messages").text
    assert "材料已补交，" in page


def test_a_page_with_sixty_audits_is_not_too_large(story, browse) -> None:
    story.begin().choose()
    browser, task = browse("lin"), story.tasks("apply")[0].id
    page = open_form(browser, f"/tasks/{task}")
    fields = {f"audit.r{n:02d}.{field}": "x" for n in range(60) for field in range(20)}
    page.set({**fields, "_save": "draft"})
    sent = {name: page.fields.getlist(name) for name in page.fields}
    answer = browser.send("POST", page.action, data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303

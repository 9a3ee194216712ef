"""A registration over the API, from the first request to the certificate."""

import re

from factories.programs import Programs


def to_experts(programs: Programs) -> Programs:
    programs.begin().choose().apply().pre_review().pay().accept().assign()
    return programs


def test_it_runs_from_application_to_certificate(programs: Programs) -> None:
    to_experts(programs).evaluate().conclude().approve()
    case = programs.call("lin", "GET", f"/cases/{programs.case_id}").json
    assert (case["state"], case["outcome"]["key"]) == ("closed", "registered")
    assert re.fullmatch(r"\d{14}", case["number"])
    held = programs.call("lin", "GET", "/certificates").json["items"]
    assert [one["state"] for one in held] == ["valid"]


def test_the_certificate_can_be_checked_without_a_token(programs: Programs) -> None:
    to_experts(programs).evaluate().conclude().approve()
    held = programs.call("lin", "GET", "/certificates").json["items"][0]
    sent = {"number": held["number"], "name": held["name"]}
    found = programs.client.post("/api/v1/certificates/check", json=sent)
    assert (found.status_code, found.json["state"]) == (200, "valid")
    assert not {"id", "check_code"} & set(found.json)
    wrong = programs.client.post("/api/v1/certificates/check", json=sent | {"name": "别人"})
    assert wrong.status_code == 404


def test_looking_certificates_up_has_a_limit(programs: Programs) -> None:
    sent = {"number": "2026-N0QMS-0000001", "name": "林"}
    seen = [programs.client.post("/api/v1/certificates/check", json=sent) for _ in range(21)]
    assert {one.status_code for one in seen[:20]} == {404}
    assert seen[20].status_code == 429
    assert int(seen[20].headers["Retry-After"]) > 0


def test_a_case_tells_stage_clock_and_open_tasks(programs: Programs) -> None:
    to_experts(programs)
    case = programs.call("lin", "GET", f"/cases/{programs.case_id}").json
    assert case["stages"] == [
        {"key": "evaluate", "name": {"zh": "专家评价", "en": "Expert evaluation"}}
    ]
    assert [(one["key"], one["left"]) for one in case["clocks"]] == [("evaluation", 30)]
    assert [one["mine"] for one in case["open_tasks"]] == [False, False]


def test_the_timeline_hides_the_experts_from_the_applicant(programs: Programs) -> None:
    to_experts(programs).evaluate()
    items = programs.call("lin", "GET", f"/cases/{programs.case_id}/timeline").json["items"]
    who = [one["who"]["zh"] for one in items]
    assert "评价专家 1" in who
    assert not [one for one in who if one.startswith("expert")]


def test_a_task_comes_with_its_form_and_outcomes(programs: Programs) -> None:
    programs.begin().choose().apply()
    task = programs.find(programs.cast.staff, "pre_review")
    form = programs.call("liu", "GET", f"/tasks/{task['id']}").json["form"]
    assert [one["key"] for one in form["outcomes"]] == ["agree", "return", "reject"]
    assert form["definition"]["key"] == "pre_review"
    assert form["reviewed"]["audit"]
    assert {one["name"] for one in form["records"]["audit"]} >= {"duties", "onsite_days"}


def test_what_is_reviewed_has_its_phone_numbers_masked(programs: Programs) -> None:
    programs.begin().choose()
    task = programs.find(programs.cast.applicant, "apply")
    programs.apply()
    assert task["id"]
    task = programs.find(programs.cast.staff, "pre_review")
    shown = programs.call("liu", "GET", f"/tasks/{task['id']}").text
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", shown)


def test_a_draft_is_what_the_form_opens_with(programs: Programs) -> None:
    programs.begin()
    task = programs.find(programs.cast.applicant, "choose")
    address = f"/tasks/{task['id']}"
    kept = programs.call("lin", "PUT", f"{address}/draft", json={"data": {"field": "QMS"}})
    assert kept.status_code == 200
    form = programs.call("lin", "GET", address).json["form"]
    assert (form["draft"], form["data"]) == (True, {"field": "QMS"})


def test_the_applicant_withdraws(programs: Programs) -> None:
    programs.begin().choose().apply()
    answer = programs.call(
        "lin", "POST", f"/cases/{programs.case_id}/withdraw", json={"reason": "材料还不齐"}
    )
    assert (answer.status_code, answer.json["outcome"]["key"]) == (200, "withdrawn")


def test_cases_are_found_by_state_and_page(programs: Programs) -> None:
    programs.begin().begin().begin().choose().apply()
    found = programs.call("lin", "GET", "/cases?state=draft&page_size=1&page=2").json
    assert (found["total"], len(found["items"])) == (2, 1)


def test_the_inbox_goes_on_where_the_page_before_ended(programs: Programs) -> None:
    for _ in range(3):
        programs.begin()
    first = programs.call("lin", "GET", "/tasks?limit=2").json
    rest = programs.call("lin", "GET", f"/tasks?limit=2&after={first['next']}").json
    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert len(set(ids)) == 3
    assert rest["next"] is None


def test_a_file_is_stored_and_given_back_to_its_owner_only(programs: Programs) -> None:
    from io import BytesIO

    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    picture.seek(0)
    sent = programs.call("lin", "POST", "/files", data={"file": (picture, "diploma.png")})
    assert (sent.status_code, sent.json["media_type"]) == (201, "image/png")
    address = f"/files/{sent.json['id']}"
    got = programs.call("lin", "GET", address)
    assert got.status_code == 200
    assert "attachment" in got.headers["Content-Disposition"]
    assert programs.call("liu", "GET", address).status_code == 404


def test_services_say_who_may_start_them(programs: Programs) -> None:
    mine = programs.call("lin", "GET", "/services").json["items"]
    theirs = programs.call("liu", "GET", "/services/registration").json
    assert [one["may_start"] for one in mine] == [True]
    assert theirs["may_start"] is False
    assert theirs["time_limit"] == {"length": 30, "unit": "working_days", "starts": "payment"}

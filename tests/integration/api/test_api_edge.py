"""What stands before every resource: tokens, scopes, shapes, sizes, the document."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from certflow.core import clock, settings
from certflow.core.access import PUBLIC, declared
from certflow.web.edge import COOKIE
from factories.people import PASSWORD
from factories.programs import Programs

LOGIN = {"login_name": "lin", "password": PASSWORD}


def is_problem(answer, status: int) -> bool:
    body = answer.get_json(force=True)
    return (
        answer.status_code == status == body["status"]
        and answer.content_type == "application/problem+json"
        and {"title", "detail", "code"} <= set(body)
    )


def test_without_a_token_nobody_gets_in(programs: Programs) -> None:
    answer = programs.client.get("/api/v1/cases")
    assert is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_login_cookie_is_no_token(programs: Programs) -> None:
    client = programs.client
    page = client.get("/login").text
    csrf = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    client.post("/login", data={"name": "lin", "password": PASSWORD, "csrf_token": csrf})
    assert client.get_cookie(COOKIE) is not None
    assert is_problem(client.get("/api/v1/cases"), 401)
    assert is_problem(client.post("/api/v1/cases", json={"service": "registration"}), 401)


def test_an_unknown_token_is_refused(programs: Programs) -> None:
    for sent in ("Bearer cft_wrong", "Basic bGluOng=", "Bearer", "cft_x"):
        answer = programs.client.get("/api/v1/cases", headers={"Authorization": sent})
        assert is_problem(answer, 401), sent


def test_a_token_ends_when_it_is_deleted(programs: Programs) -> None:
    assert programs.call("lin", "GET", "/tokens/current").json["role"] == "applicant"
    assert programs.call("lin", "DELETE", "/tokens/current").status_code == 204
    assert is_problem(programs.call("lin", "GET", "/tokens/current"), 401)


def test_a_token_ends_after_twelve_hours(programs: Programs) -> None:
    programs.call("lin", "GET", "/tokens/current")
    clock.move(timedelta(hours=12))
    assert is_problem(programs.call("lin", "GET", "/tokens/current"), 401)


def test_logging_in_leaves_no_browser_login_behind(programs: Programs, app: Flask) -> None:
    from sqlalchemy import select

    from certflow.accounts.models import LoginSession
    from certflow.core.db import transaction

    programs.log_in("lin")
    with app.app_context(), transaction() as session:
        assert session.scalars(select(LoginSession)).all() == []


def test_a_wrong_password_is_counted(programs: Programs) -> None:
    tries = [
        programs.client.post("/api/v1/tokens", json=LOGIN | {"password": "wrong"}) for _ in range(6)
    ]
    assert all(is_problem(one, 401) for one in tries[:5])
    assert is_problem(tries[5], 429)


def test_a_role_that_one_does_not_hold_is_refused(programs: Programs) -> None:
    answer = programs.client.post("/api/v1/tokens", json=LOGIN | {"role": "approver"})
    assert is_problem(answer, 403)


def test_a_token_does_only_what_its_scopes_say(programs: Programs) -> None:
    programs.tokens["lin"] = programs.log_in("lin", scopes=["cases:read"])
    assert programs.call("lin", "GET", "/cases").status_code == 200
    refused = programs.call("lin", "POST", "/cases", json={"service": "registration"})
    assert is_problem(refused, 403)
    assert 'scope="cases:write"' in refused.headers["WWW-Authenticate"]
    assert is_problem(programs.call("lin", "GET", "/certificates"), 403)
    programs.tokens["lin"] = programs.log_in("lin", scopes=["cases:write"])
    assert is_problem(programs.call("lin", "GET", "/cases"), 403)


def test_a_role_that_may_not_start_cases_is_refused(programs: Programs) -> None:
    assert is_problem(programs.call("liu", "POST", "/cases", json={"service": "registration"}), 403)
    assert is_problem(programs.call("lin", "POST", "/cases", json={"service": "nothing"}), 404)


BODIES = (
    (b"{", 400),
    (b"\xff\xfe", 400),
    (b'{"service": NaN}', 400),
    (b'{"service": "\\ud800"}', 400),
    (b"[" * 100_000, 400),
    (b"", 422),
    (b"[]", 422),
    (b'"registration"', 422),
    (b"{}", 422),
    (b'{"service": 7}', 422),
    (b'{"service": "a\\u0000b"}', 422),
    (b'{"service": "registration", "state": "open"}', 422),
    (b'{"service": "' + b"x" * 2**20 + b'"}', 413),
)
QUERIES = (
    "state=lost", "page=0", "page=99999999999999999999", "page_size=1000", "text=a%00b", "sort=x",
)  # fmt: skip
CURSORS = ("x", "eA==", "OTk5OTl8MQ==", "é", "MDAwMS0wMS0wMVQwMDowMCsyMzo1OXwx")
ADDRESSES = (
    "/nothing", "/cases/0", "/cases/x", "/cases/99999999999", "/tasks/2147483647", "/files/a%00b",
    "/files/aaaaaaaaaaaaaaaaaaaaaaaaaa", "/services/a%00b", "/certificates/1/pdf",
)  # fmt: skip


def test_a_body_of_the_wrong_shape_is_refused(programs: Programs) -> None:
    for body, status in BODIES:
        sent = {"data": body, "content_type": "application/json"}
        assert is_problem(programs.call("lin", "POST", "/cases", **sent), status), body[:40]


def test_unknown_fields_are_named(programs: Programs) -> None:
    sent = {"service": "registration", "applicant_id": 1}
    answer = programs.call("lin", "POST", "/cases", json=sent, headers={"Accept-Language": "en"})
    assert answer.json["errors"] == {"applicant_id": "There is no such field."}


def test_another_format_than_json_is_refused(programs: Programs) -> None:
    assert is_problem(programs.call("lin", "POST", "/cases", data={"service": "x"}), 415)


def test_a_query_of_the_wrong_shape_is_refused(programs: Programs) -> None:
    for query in QUERIES:
        assert is_problem(programs.call("lin", "GET", f"/cases?{query}"), 422), query


def test_a_cursor_that_we_did_not_make_is_refused(programs: Programs) -> None:
    for after in CURSORS:
        assert is_problem(programs.call("lin", "GET", f"/tasks?after={after}"), 422), after


def test_unknown_addresses_are_problems_too(programs: Programs) -> None:
    for path in ADDRESSES:
        assert is_problem(programs.call("lin", "GET", path), 404), path


def test_a_wrong_method_is_told_with_the_right_ones(programs: Programs) -> None:
    answer = programs.call("lin", "PATCH", "/cases")
    assert is_problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_pages_keep_their_own_errors(programs: Programs) -> None:
    answer = programs.client.get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_what_breaks_inside_is_told_without_a_trace(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("certflow.api.v1.cases.cases_wanted", broken)
    answer = programs.call("lin", "GET", "/cases")
    assert is_problem(answer, 500)
    assert "secret" not in answer.text


def test_every_operation_declares_roles_scope_and_documentation(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    documented = {
        operation["operationId"]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    }
    found = set()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.endpoint == "api_v1_openapi":
            continue
        view = app.view_functions[rule.endpoint]
        method = next(iter(rule.methods - {"OPTIONS", "HEAD"}))
        roles = declared(app, rule.endpoint, method)
        assert roles, rule.endpoint
        free = PUBLIC in roles or rule.rule.startswith("/api/v1/tokens")
        assert free or getattr(view, "scope", None), rule.endpoint
        found.add(rule.endpoint.split(".")[1])
    assert found == documented
    assert document["openapi"] == "3.1.0"


def test_logging_in_and_out_is_in_the_trail(programs: Programs, app: Flask) -> None:
    from certflow.core import audit
    from certflow.core.db import transaction

    assert programs.call("lin", "DELETE", "/tokens/current").status_code == 204
    with app.app_context(), transaction() as session:
        events = audit.events(session, f"user/{programs.cast.applicant.user_id}")
    told = [(one.action, one.actor_id) for one in events[-2:]]
    assert told == [
        ("api_token.issued", programs.cast.applicant.user_id),
        ("api_token.revoked", programs.cast.applicant.user_id),
    ]


def test_a_token_that_asks_too_often_has_to_wait(programs: Programs, app: Flask) -> None:
    few = replace(app.extensions["certflow"], api_per_minute=3)
    lin, liu = programs.log_in("lin"), programs.log_in("liu")
    settings.install(few)
    ask = programs.client.get
    seen = [ask("/api/v1/cases", headers={"Authorization": f"Bearer {lin}"}) for _ in range(4)]
    assert [one.status_code for one in seen] == [200, 200, 200, 429]
    assert is_problem(seen[3], 429)
    assert 0 < int(seen[3].headers["Retry-After"]) <= 61
    assert ask("/api/v1/services", headers={"Authorization": f"Bearer {lin}"}).status_code == 429
    assert ask("/api/v1/cases", headers={"Authorization": f"Bearer {liu}"}).status_code == 200


def test_after_too_many_wrong_passwords_it_says_when_to_try_again(programs: Programs) -> None:
    wrong = LOGIN | {"password": "wrong"}
    answers = [programs.client.post("/api/v1/tokens", json=wrong) for _ in range(6)]
    assert int(answers[5].headers["Retry-After"]) == 900


WRONG_TYPES = (
    ("application/xml", b"<a/>"),
    ("text/plain", b"{}"),
    ("application/x-www-form-urlencoded", b"service=registration"),
    ("multipart/form-data; boundary=x", b"--x--"),
    ("", b"{}"),
)


def test_every_command_refuses_other_formats_in_both_languages(
    programs: Programs, app: Flask
) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    programs.begin()
    tried = 0
    for path, methods in document["paths"].items():
        for method in methods.keys() - {"parameters"}:
            operation = methods[method]
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            address = path.removeprefix("/api/v1").replace("{task_id}", "1")
            address = address.replace("{case_id}", str(programs.case_id))
            for language, (kind, body) in zip(("zh", "en") * 3, WRONG_TYPES, strict=False):
                headers = {"Accept-Language": language, "Content-Type": kind}
                sent = {"data": body, "headers": headers}
                answer = programs.call("lin", method.upper(), address, **sent)
                assert is_problem(answer, 415), (path, kind)
                assert answer.headers["Content-Language"] == language
                tried += 1
    assert tried == 30


def wrong_values(told: dict, *, required: bool) -> list[object]:
    """Values that a property of a body refuses, by what the document says of it."""
    found: list[object] = [None, *([MISSING] if required else [])]
    found += [{"a": 1}] if told["type"] != "object" else [["a"]]
    if told["type"] == "string":
        found += [7, "a\x00b", "x" * (told.get("maxLength", 300) + 1)]
        found += [""] if told.get("minLength") else []
        found += ["nobody"] if "enum" in told else []
    if told["type"] == "integer":
        found += ["one", -1, told["maximum"] + 1]
    if told["type"] == "array":
        found += [["nothing"], [7]]
    return found


MISSING = object()


def test_every_field_of_every_body_is_named_when_it_is_wrong(
    programs: Programs, app: Flask
) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    programs.begin()
    tried = 0
    for path, methods in document["paths"].items():
        for method in methods.keys() - {"parameters"}:
            content = methods[method].get("requestBody", {}).get("content", {})
            if "application/json" not in content:
                continue
            name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            body = document["components"]["schemas"][name]
            address = path.removeprefix("/api/v1").replace("{task_id}", "1")
            address = address.replace("{case_id}", str(programs.case_id))
            right = {key: told.get("example") for key, told in body["properties"].items()}
            right = {key: value for key, value in right.items() if value is not None}
            for field, told in body["properties"].items():
                for wrong in wrong_values(told, required=field in body["required"]):
                    if (field, wrong) == ("password", "a\x00b"):
                        continue  # whatever it holds, it is looked at as a password
                    sent = {**right, field: wrong}
                    sent = {key: value for key, value in sent.items() if value is not MISSING}
                    for language in ("zh", "en"):
                        answer = programs.call(
                            "lin", method.upper(), address, json=sent,
                            headers={"Accept-Language": language},
                        )  # fmt: skip
                        assert is_problem(answer, 422), (path, field, wrong, answer.text)
                        said = [
                            words
                            for place, words in answer.json["errors"].items()
                            if place.partition("/")[0] == field
                        ]
                        assert said, (path, field, wrong, answer.json)
                        assert said[0].isascii() == (language == "en"), said
                        tried += 1
    assert tried > 100


def test_cases_are_filtered_by_what_the_document_says(programs: Programs) -> None:
    programs.begin().choose().apply()
    number = programs.call("lin", "GET", f"/cases/{programs.case_id}").json["number"]
    found = {
        "state=open": 1,
        "state=closed": 0,
        "service=registration": 1,
        "service=transfer": 0,
        f"text={number}": 1,
        "text=nothing": 0,
        "stage=pre_review": 1,
        "stage=approve": 0,
        "overdue=true": 0,
    }
    for query, count in found.items():
        answer = programs.call("lin", "GET", f"/cases?{query}").json
        assert (answer["total"], len(answer["items"])) == (count, count), query

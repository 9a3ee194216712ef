"""The web edge: forged requests, headers, reading that writes nothing, errors in plain words."""

import time
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from flask import request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from certflow.app import create_app
from certflow.core import settings as settings_
from certflow.core.access import PUBLIC, SIGNED_IN, allow
from certflow.core.db import db, transaction
from certflow.core.errors import NotFound
from certflow.core.limits import limiter
from certflow.core.outbox import enqueue
from certflow.web import auth
from certflow.web.edge import UNEXPECTED
from factories.addresses import addresses, body
from factories.databases import make_settings
from factories.house import House, is_api, routes
from factories.probing.browsing import (
    NO_TOKEN_NEEDED,
    cookies_in_production,
    csrf_token,
    false_hosts,
    forged,
    forgeries,
    inline_script,
    missing,
    off_site,
    post,
    readings,
    sessions,
    somebody,
    visits,
    writing_pages,
)

TRACES = ("Traceback", "werkzeug", "sqlalchemy", "/src/certflow", "SELECT ", "secret-detail")


def test_no_page_takes_a_post_without_its_own_token(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    before, found = house.digest(), forgeries(house)
    with capsys.disabled():
        print(f"\nCSRF: {found.tried} posts without a good token, {len(found.failed)} taken")
    assert found.failed == []
    assert house.digest() == before


def test_only_signed_payment_notices_need_no_token(house: House) -> None:
    assert {r for r in writing_pages(house) if not forged(post(house, r))} == NO_TOKEN_NEEDED


def test_with_its_own_token_a_browser_is_let_in(house: House) -> None:
    """The control: the token makes the difference."""
    client = house.client("applicant")
    answer = client.post("/notices/read", data={"csrf_token": csrf_token(client)})
    assert answer.status_code == 303


def test_without_the_check_a_forged_request_would_go_through(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(house.app.config, "WTF_CSRF_ENABLED", False)
    assert not forged(post(house, "POST /notices/read"))


def test_the_api_looks_at_no_cookie(house: House) -> None:
    let_in = []
    for route, roles in routes(house.app).items():
        if not is_api(route) or PUBLIC in roles:
            continue
        role, whose = somebody(house, route)
        answer = house.client(role, whose).open(
            addresses(route, house.home)[0], method=route.split(" ", 1)[0], **body(route)
        )
        if answer.status_code != 401:
            let_in.append(f"{route}: {answer.status_code}")
    assert let_in == []


def test_reading_changes_nothing_and_every_answer_is_protected(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    before, who = house.digest(), visits(house)
    found, scripts = readings(house, who)
    with capsys.disabled():
        print(
            f"\nedge: {found.tried} GETs by {len(who)} people; {len(found.failed)} bare or broken"
        )
    assert (found.failed, scripts) == ([], 0)
    assert house.digest() == before


def test_a_page_that_writes_would_be_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    @allow(SIGNED_IN)
    def writes() -> str:
        with transaction() as session:
            enqueue(session, "mail", "control", {})
        return "done"

    before = house.digest()
    monkeypatch.setitem(house.app.view_functions, "public.healthz", writes)
    assert house.client("applicant", "owner").get("/healthz").status_code == 200
    assert house.digest() != before


def test_an_answer_without_headers_would_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certflow.web.edge.HEADERS", {})
    assert missing(house.client().get("/verify")) != []


@pytest.mark.parametrize("path", ["/nowhere", "/static/nowhere.js", "/api/v1/nowhere", "/healthz"])
def test_errors_and_static_files_are_protected_too(house: House, path: str) -> None:
    for method in ("GET", "DELETE"):
        assert missing(house.client().open(path, method=method)) == []


def test_a_real_static_file_is_protected_and_kept(house: House) -> None:
    answer = house.client().get("/static/dist/manifest.json", buffered=True)
    assert answer.status_code == 200
    assert missing(answer) == []


def test_in_production_cookies_are_secure_and_https_is_kept(tmp_path: Path) -> None:
    plain = make_settings(f"sqlite:///{tmp_path}/p.db", tmp_path)
    app = create_app(replace(plain, mode="production", base_url="https://example.org"))
    found = cookies_in_production(app)
    settings_.install(plain)
    assert (found.failed, found.tried) == ([], 4)


def test_cookies_that_travel_in_the_clear_would_be_seen(house: House) -> None:
    assert cookies_in_production(house.app).failed


def in_english(client: FlaskClient) -> FlaskClient:
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


def said(answer: TestResponse) -> str:
    return unescape(answer.get_data(as_text=True))


def test_an_unknown_page_is_told_in_both_languages(house: House) -> None:
    chinese = house.client().get("/nowhere")
    english = in_english(house.client()).get("/nowhere")
    assert (chinese.status_code, english.status_code) == (404, 404)
    assert NotFound().message.zh in said(chinese)
    assert 'lang="zh-CN"' in said(chinese)
    assert NotFound().message.en in said(english)
    assert 'lang="en"' in said(english)
    assert not [trace for trace in TRACES if trace in said(chinese) + said(english)]


def test_a_wrong_method_is_told_in_words(house: House) -> None:
    answer = house.client("applicant").get("/notices/read")
    assert answer.status_code == 405
    assert "这个地址不接受这种操作" in said(answer)


def test_a_failing_view_shows_a_friendly_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    @allow(PUBLIC)
    def fails() -> str:
        raise RuntimeError("secret-detail")

    monkeypatch.setitem(house.app.view_functions, "public.healthz", fails)
    for client, words in (
        (house.client(), UNEXPECTED.zh),
        (in_english(house.client()), UNEXPECTED.en),
    ):
        answer = client.get("/healthz")
        assert answer.status_code == 500
        assert words in said(answer)
        assert missing(answer) == []
        assert not [trace for trace in TRACES if trace in said(answer)]


def test_a_failing_action_leaves_nothing_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    @allow(SIGNED_IN)
    def fails() -> str:
        enqueue(db.session(), "mail", "left behind", {})
        raise RuntimeError("secret-detail")

    client = house.client("body_staff", "owner")
    token = csrf_token(client)
    before = house.digest()
    monkeypatch.setitem(house.app.view_functions, "notices.mark_all_read", fails)
    answer = client.post("/notices/read", data={"csrf_token": token})
    assert answer.status_code == 500
    assert house.digest() == before


def test_an_oversize_upload_is_refused_in_words(house: House) -> None:
    client = house.client("applicant")
    headers = {"X-CSRFToken": csrf_token(client), "Content-Type": "multipart/form-data; boundary=b"}
    heavy = b"x" * 26 * 2**20
    answer = client.post("/files", data=heavy, headers=headers)
    asked = client.post("/files", data=heavy, headers=headers | {"Accept": "application/json"})
    assert (answer.status_code, asked.status_code) == (413, 413)
    assert "20 MB" in said(answer)
    assert "20 MB" in str(asked.json)


def test_asking_too_often_is_told_in_words(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)  # or a slow machine comes into the next minute
    client, limit = house.client(), 20
    token = csrf_token(client)
    form = {"csrf_token": token, "number": "2026-N1QMS-0000001", "name": "无此人"}
    codes = [client.post("/verify", data=form).status_code for _ in range(limit + 1)]
    last = client.post("/verify", data=form)
    limiter.reset()
    assert set(codes[:limit]) == {404}
    assert last.status_code == 429
    assert "操作太频繁" in said(last)


def test_no_next_leads_off_the_site(house: House) -> None:
    found = off_site(house)
    assert (found.failed, found.tried > 30) == ([], True)


def test_a_next_that_is_believed_would_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "local_path", lambda target: target)
    assert off_site(house, ("https://evil.example/",)).failed


def test_no_foreign_host_stands_in_an_answer(house: House) -> None:
    assert false_hosts(house).failed == []


def test_a_host_that_is_believed_would_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    @allow(PUBLIC)
    def page() -> str:
        return request.host_url

    monkeypatch.setitem(house.app.view_functions, "public.verify", page)
    assert false_hosts(house).failed


def test_a_login_is_new_and_ends(house: House) -> None:
    found = sessions(house)
    assert (found.failed, found.tried > 10) == ([], True)


def test_a_login_that_lasts_would_be_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth.sign_in, "sign_out", lambda *_: None)
    assert sessions(house).failed == ["a name lives on after the logout"]


def test_a_login_under_a_name_from_elsewhere_would_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(("planted" * 6, "another name"))
    monkeypatch.setattr(auth.sign_in.secrets, "token_urlsafe", lambda _bytes: next(names))
    assert "a planted name became a login" in sessions(house).failed


def test_a_script_in_a_page_would_be_seen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    @allow(PUBLIC)
    def page() -> str:
        return '<p onclick="x()">x</p>'

    monkeypatch.setitem(house.app.view_functions, "public.healthz", page)
    assert inline_script(house.client().get("/healthz"))

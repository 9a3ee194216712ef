"""The web edge: forged requests, headers, reading that writes nothing, errors in plain words."""

import re
from collections import deque
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from certflow.accounts.roles import ROLES
from certflow.app import create_app
from certflow.core import settings as settings_
from certflow.core.access import PUBLIC, SIGNED_IN, allow
from certflow.core.db import db, transaction
from certflow.core.errors import NotFound
from certflow.core.limits import limiter
from certflow.core.outbox import enqueue
from certflow.web.edge import CSRF_GONE, UNEXPECTED
from factories.addresses import addresses, body
from factories.databases import make_settings
from factories.house import VISITOR, WRITES, House, is_api, routes

NO_TOKEN_NEEDED = {"POST /payments/notice"}
"""Pages that take a POST without a CSRF token: the payment notice proves itself by signature."""
MOST_PAGES = 70
TRACES = ("Traceback", "werkzeug", "sqlalchemy", "/src/certflow", "SELECT ", "secret-detail")
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "http:///evil.example",
    "////evil.example",
    "https://localhost@evil.example/",
    " //evil.example",
)


def csrf_token(client: FlaskClient) -> str:
    """Return the token that this browser's pages carry."""
    page = client.get("/verify").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has no token"
    return found.group(1)


def forged(answer: TestResponse) -> bool:
    """Whether an answer refuses a request for want of a good token."""
    return answer.status_code == 400 and CSRF_GONE.zh in unescape(answer.get_data(as_text=True))


def somebody(house: House, route: str) -> tuple[str, str]:
    """Return (role, whose) of one who may call a route, the owner of the ids where there is one."""
    roles = routes(house.app)[route]
    held = (
        ["applicant", *ROLES] if roles & {PUBLIC, SIGNED_IN} else [r for r in ROLES if r in roles]
    )
    whose = [(role, "owner") for role in held if ("owner", role) in house.tokens]
    return whose[0] if whose else (held[0], "stranger")


def writing_pages(house: House) -> list[str]:
    return [
        route
        for route in routes(house.app)
        if route.split(" ", 1)[0] in WRITES and not is_api(route)
    ]


def post(house: House, route: str, **form: str) -> TestResponse:
    role, whose = somebody(house, route)
    address = addresses(route, house.home)[0]
    return house.client(role, whose).open(address, method=route.split(" ", 1)[0], data=form)


def test_no_page_takes_a_post_without_a_token(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    before, tried = house.digest(), [*set(writing_pages(house)) - NO_TOKEN_NEEDED]
    taken = {route for route in tried if not forged(post(house, route))}
    with capsys.disabled():
        print(f"\nCSRF: {len(tried)} routes posted to without a token, {len(taken)} took it")
    assert taken == set()
    assert house.digest() == before


def test_only_signed_payment_notices_need_no_token(house: House) -> None:
    assert {r for r in writing_pages(house) if not forged(post(house, r))} == NO_TOKEN_NEEDED


def test_no_page_takes_the_token_of_somebody_else(house: House) -> None:
    theirs = csrf_token(house.client("expert"))
    taken = {
        route for route in writing_pages(house) if not forged(post(house, route, csrf_token=theirs))
    }
    assert taken == NO_TOKEN_NEEDED


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


def missing(answer: TestResponse) -> list[str]:
    """Name the protections that an answer lacks."""
    headers = answer.headers
    policy = headers.get("Content-Security-Policy", "")
    script = next(
        (
            part
            for part in policy.split(";")
            if part.strip().startswith(("script-src", "default-src 'none'"))
        ),
        "",
    )
    personal = not answer.request.path.startswith("/static/")
    stored = headers.get("Cache-Control", "")
    lacks = {
        "a policy for scripts": not script or "unsafe" in script or "*" in script,
        "frame-ancestors": "frame-ancestors 'none'" not in policy,
        "nosniff": headers.get("X-Content-Type-Options") != "nosniff",
        "a referrer policy": not headers.get("Referrer-Policy"),
        "no-store": personal and "no-store" not in stored and "private" not in stored,
    }
    return [what for what, is_missing in lacks.items() if is_missing]


def crawl(house: House, role: str, whose: str) -> list[TestResponse]:
    """Open every page that somebody can reach: all GET routes, then what their links lead to."""
    client = house.client(role, whose)
    starts = [
        address
        for route in routes(house.app)
        if route.startswith("GET ") and not is_api(route)
        for address in addresses(route, house.home)[:2]
    ]
    ahead, seen, answers = deque(starts), set(starts), []
    while ahead and len(answers) < MOST_PAGES:
        answer = client.get(ahead.popleft(), buffered=True)
        answers.append(answer)
        if answer.mimetype != "text/html":
            continue
        for link in re.findall(r'href="(/[^"#]*)', answer.get_data(as_text=True)):
            address = unescape(link)
            if address not in seen and not address.startswith("/static/"):
                seen.add(address)
                ahead.append(address)
    return answers


def test_reading_changes_nothing_and_every_answer_is_protected(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    limiter.enabled = False
    before, pages, bare, broken = house.digest(), 0, set(), set()
    visits = [(VISITOR, "stranger"), *house.tokens_held()]
    for whose_role in visits:
        for answer in crawl(house, *whose_role):
            pages += 1
            if lacking := missing(answer):
                bare.add((answer.request.path, answer.status_code, *lacking))
            if answer.status_code >= 500:
                broken.add((whose_role, answer.request.path))
    limiter.enabled = True
    with capsys.disabled():
        print(
            f"\nedge: {pages} GETs by {len(visits)} people; {len(bare)} bare, {len(broken)} broken"
        )
    assert (sorted(bare), sorted(broken)) == ([], [])
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
    answer = app.test_client().get("/login")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    settings_.install(plain)


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


def test_asking_too_often_is_told_in_words(house: House) -> None:
    client, limit = house.client(), 20
    token = csrf_token(client)
    form = {"csrf_token": token, "number": "2026-N1QMS-0000001", "name": "无此人"}
    codes = [client.post("/verify", data=form).status_code for _ in range(limit + 1)]
    last = client.post("/verify", data=form)
    limiter.reset()
    assert set(codes[:limit]) == {404}
    assert last.status_code == 429
    assert "操作太频繁" in said(last)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_next_leads_off_the_site(house: House, target: str) -> None:
    client = house.client("applicant")
    token = csrf_token(client)
    for path, form in (("/language", {"locale": "zh"}), ("/role", {"role": "applicant"})):
        answer = client.post(path, data={"csrf_token": token, "next": target, **form})
        assert answer.status_code in {302, 303}
        led = urlsplit(answer.headers["Location"])
        assert (led.scheme, led.netloc) in {("", ""), ("http", "localhost")}
        assert not answer.headers["Location"].replace("\\", "/").startswith("//")

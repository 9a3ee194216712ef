"""What a browser meets: forged requests, headers, reading that writes, redirects, cookies (I1-I5)."""

import re
from collections import deque
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from certflow.accounts.roles import ROLES
from certflow.core.access import PUBLIC, SIGNED_IN
from certflow.core.limits import limiter
from certflow.web.edge import COOKIE, CSRF_GONE
from factories.addresses import addresses
from factories.house import VISITOR, WHO, WRITES, House, is_api, routes
from factories.people import PASSWORD
from factories.probing.tally import Tally

NO_TOKEN_NEEDED = {"POST /payments/notice"}
"""Pages that take a POST without a CSRF token: the payment notice proves itself by signature."""
MOST_PAGES = 70
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
FALSE_HOSTS = (
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example"},
    {"Forwarded": "host=evil.example;proto=http"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example"},
    {"X-Original-URL": "/admin", "X-Rewrite-URL": "/admin"},
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
    held = ["applicant", *ROLES] if roles & {PUBLIC, SIGNED_IN} else [r for r in WHO if r in roles]
    whose = [(role, "owner") for role in held if ("owner", role) in house.tokens]
    return whose[0] if whose else (held[0], "stranger")


def writing_pages(house: House) -> list[str]:
    """Return the routes of pages that write."""
    return [
        route
        for route in routes(house.app)
        if route.split(" ", 1)[0] in WRITES and not is_api(route)
    ]


def post(house: House, route: str, **form: str) -> TestResponse:
    """Call a writing page as somebody who may."""
    role, whose = somebody(house, route)
    address = addresses(route, house.home)[0]
    return house.client(role, whose).open(address, method=route.split(" ", 1)[0], data=form)


def forgeries(house: House) -> Tally:
    """Post to every writing page without a token, with somebody else's, with one made up."""
    found = Tally()
    theirs = csrf_token(house.client("expert"))
    for token in ("", theirs, "ImZvcmdlZCI.aQ.forged"):
        for route in writing_pages(house):
            if route in NO_TOKEN_NEEDED:
                continue
            answer = post(house, route, **({"csrf_token": token} if token else {}))
            what = f"{route} with {token[:6] or 'no token'}: {answer.status_code}"
            found.note(what, right=forged(answer))
    return found


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


_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>|\son[a-z]+=\""
)


def inline_script(answer: TestResponse) -> bool:
    """Whether a page holds a script that the policy would have to allow."""
    page = answer.mimetype == "text/html"
    return page and bool(_INLINE.search(answer.get_data(as_text=True)))


def crawl(house: House, role: str, whose: str, most: int = MOST_PAGES) -> list[TestResponse]:
    """Open every page that somebody can reach: all GET routes, then what their links lead to."""
    client = house.client(role, whose)
    starts = [
        address
        for route in routes(house.app)
        if route.startswith("GET ") and not is_api(route)
        for address in addresses(route, house.home)[:2]
    ]
    ahead, seen, answers = deque(starts), set(starts), []
    while ahead and len(answers) < most:
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


def visits(house: House) -> list[tuple[str, str]]:
    """Return everybody who looks round: a visitor, and whoever is signed in."""
    return [(VISITOR, "stranger"), *house.tokens_held()]


def readings(house: House, who: list[tuple[str, str]], most: int = MOST_PAGES) -> tuple[Tally, int]:
    """Let people look round: every answer has its headers, none is an error; count inline scripts."""
    found, scripts = Tally(), 0
    limiter.enabled = False
    for role, whose in who:
        for answer in crawl(house, role, whose, most):
            lacking, broken = missing(answer), answer.status_code >= 500
            said = f"{role} {answer.request.path}: {answer.status_code} {lacking}"
            found.note(said, right=not lacking and not broken and not inline_script(answer))
            scripts += inline_script(answer)
    limiter.enabled = True
    return found, scripts


def off_site(house: House, targets: tuple[str, ...] = ELSEWHERE) -> Tally:
    """Ask for redirects that lead off the site, wherever one is asked for by the address."""
    found, client = Tally(), house.client("applicant")
    token = csrf_token(client)
    for target in targets:
        for path, form in (("/language", {"locale": "zh"}), ("/role", {"role": "applicant"})):
            answer = client.post(path, data={"csrf_token": token, "next": target, **form})
            found.note(f"{path} {target!r}", right=_stays(answer))
    for target in targets:
        browser = house.app.test_client()
        form = {"csrf_token": csrf_token(browser), "next": target, "name": _login(house)}
        answer = browser.post("/login", data={**form, "password": PASSWORD})
        found.note(f"/login {target!r}: {answer.status_code}", right=_stays(answer))
    return found


def _stays(answer: TestResponse) -> bool:
    led = urlsplit(answer.headers.get("Location", "//nowhere"))
    home = (led.scheme, led.netloc) in {("", ""), ("http", "localhost")}
    straight = answer.headers.get("Location", "").replace("\\", "/")
    return answer.status_code in {302, 303} and home and not straight.startswith("//")


def _login(house: House) -> str:
    return house.home.strangers["teacher"].name


def false_hosts(house: House) -> Tally:
    """Send hosts that are not ours: none stands in an answer, a redirect or opens a page."""
    found = Tally()
    for headers in FALSE_HOSTS:
        for path in ("/", "/login", "/verify", "/recover/password", "/admin", "/home", "/nowhere"):
            answer = house.client().get(path, headers=headers)
            text = answer.get_data(as_text=True) + str(answer.headers)
            closed = path != "/admin" or answer.status_code in {302, 401, 403, 400}
            found.note(f"{headers} {path}", right="evil.example" not in text and closed)
    return found


def sessions(house: House) -> Tally:
    """A login's name is new, set by nobody else, dead after the logout, in no address."""
    found, app = Tally(), house.app
    planted = "planted" * 6
    browser = app.test_client()
    browser.set_cookie(COOKIE, planted)
    browser.get("/login")
    before = browser.get_cookie("session")
    answer = sign_in(browser, _login(house))
    token = browser.get_cookie(COOKIE)
    first = token.value if token else ""
    found.note("a planted name became a login", right=bool(first) and first != planted)
    after = browser.get_cookie("session")
    same = before is not None and after is not None and before.value == after.value
    found.note("the visit's cookie outlived the login", right=not same)
    found.note("the name stands in the answer", right=first not in answer.get_data(as_text=True))
    found.note("the name stands in an address", right=first not in answer.headers["Location"])
    for cookie in answer.headers.getlist("Set-Cookie"):
        name = cookie.partition("=")[0]
        found.note(f"{name} is open to scripts", right="HttpOnly" in cookie)
        found.note(f"{name} goes to other sites", right="SameSite=Lax" in cookie)
    browser.post("/logout", data={"csrf_token": csrf_token(browser)})
    thief = app.test_client()
    thief.set_cookie(COOKIE, first)
    found.note("a name lives on after the logout", right=thief.get("/notices").status_code == 302)
    again = app.test_client()
    sign_in(again, _login(house))
    second = again.get_cookie(COOKIE)
    found.note("two logins have one name", right=second is not None and second.value != first)
    return found


def sign_in(browser: FlaskClient, name: str, password: str = PASSWORD) -> TestResponse:
    """Sign in as people do."""
    form = {"csrf_token": csrf_token(browser), "name": name, "password": password}
    return browser.post("/login", data=form)


def cookies_in_production(app: Flask) -> Tally:
    """Look at the cookies and at the transport header of an installation that serves people."""
    found = Tally()
    answer = app.test_client().get("/login")
    lasts = answer.headers.get("Strict-Transport-Security", "")
    found.note("no HSTS", right="max-age=31536000; includeSubDomains" in lasts)
    for cookie in answer.headers.getlist("Set-Cookie"):
        for flag in ("Secure", "HttpOnly", "SameSite=Lax"):
            found.note(f"{cookie.partition('=')[0]} without {flag}", right=flag in cookie)
    return found

"""Pages for programs: tokens of one's own and of a body, webhooks (catalogue I1)."""

import re

import pytest
from sqlalchemy import select

from certflow.accounts.bearers import actor_of_token
from certflow.accounts.models import ApiToken, Organisation
from certflow.accounts.operations import grant_role, remove_role
from certflow.accounts.tokens import MOST_LIVE
from certflow.core import audit, clock, outbox
from certflow.notifications.models import Notice, Webhook, WebhookDelivery
from factories.actors import make_user
from factories.people import PASSWORD
from factories.people import body as make_body
from factories.receiver import receiver

RAW = re.compile(r"<code>(cft_[\w-]{43})</code>")
SECRET = re.compile(r"<code>(whsec_[\w+/=]+)</code>")
TOKEN = {"name": "夜间同步", "scope": ["cases:read"], "days": "90", "present": PASSWORD}


@pytest.fixture
def body(session, story) -> Organisation:
    return session.get_one(Organisation, story.cast.staff.organisation_id)


@pytest.fixture
def admin(session, body, browse):
    make_user(session, "bai", "body_admin", body)
    return browse("bai")


def bearer(raw: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {raw}"}


def issue(browser, address: str, **changes) -> str:
    answer = browser.post(address, **(TOKEN | changes))
    assert answer.status_code == 200, answer.text
    (raw,) = RAW.findall(answer.text)
    return raw


def test_a_person_issues_uses_and_revokes_a_token(app, session, story, browse) -> None:
    lin = browse("lin")
    raw = issue(lin, "/account/tokens")
    assert raw not in lin.get("/account/tokens").text
    assert "还没有用过" in lin.get("/account/tokens").text
    answer = app.test_client().get("/api/v1/cases", headers=bearer(raw))
    assert answer.status_code == 200
    page = lin.get("/account/tokens").text
    assert "还没有用过" not in page
    token = session.scalars(select(ApiToken)).one()
    assert token.used_at == clock.now()
    assert lin.post(f"/account/tokens/{token.id}/revoke").status_code == 303
    assert app.test_client().get("/api/v1/cases", headers=bearer(raw)).status_code == 401
    told = [one.action for one in audit.events(session, f"user/{token.user_id}")]
    assert {"api_token.issued", "api_token.revoked"} <= set(told)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "请写明用途"),
        ({"scope": ["everything"]}, "请至少选一项权限"),
        ({"present": "wrong"}, "现在的密码不对"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_issued(session, story, browse, changes, said) -> None:
    answer = browse("lin").post("/account/tokens", **(TOKEN | changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert session.scalars(select(ApiToken)).all() == []


def test_nobody_has_more_than_twenty(session, story, browse) -> None:
    lin = browse("lin")
    for _ in range(MOST_LIVE):
        issue(lin, "/account/tokens")
    assert lin.post("/account/tokens", **TOKEN).status_code == 422


def test_a_strangers_token_cannot_be_revoked(session, story, browse, admin) -> None:
    issue(browse("lin"), "/account/tokens")
    issue(admin, "/office/tokens")
    mine, ours = session.scalars(select(ApiToken).order_by(ApiToken.id))
    assert admin.post(f"/account/tokens/{mine.id}/revoke").status_code == 404
    assert admin.post(f"/account/tokens/{ours.id}/revoke").status_code == 404
    assert admin.post(f"/office/tokens/{mine.id}/revoke").status_code == 404
    make_user(session, "zhou", "body_admin", make_body(session, "南屿样例检验有限公司"))
    assert browse("zhou").post(f"/office/tokens/{ours.id}/revoke").status_code == 404
    assert session.scalars(select(ApiToken.revoked_at)).all() == [None, None]


def test_a_bodys_token_acts_as_its_staff_while_its_issuer_administers_it(
    app, session, story, admin, body, browse
) -> None:
    story.begin().choose().apply()
    raw = issue(admin, "/office/tokens", scope=["cases:read", "cases:write"])
    client = app.test_client()
    who = client.get("/api/v1/tokens/current", headers=bearer(raw)).json
    assert (who["role"], who["organisation_id"]) == ("body_staff", body.id)
    tasks = client.get("/api/v1/tasks?view=group", headers=bearer(raw)).json["items"]
    assert [one["element"] for one in tasks] == ["pre_review"]
    assert "签发人已离任" not in admin.get("/office/tokens").text
    token = session.scalars(select(ApiToken)).one()
    remove_role(session, token.user_id, "body_admin")
    assert actor_of_token(session, raw, clock.now()) is None
    make_user(session, "hai", "body_admin", body)
    assert "签发人已离任" in browse("hai").get("/office/tokens").text
    other = make_body(session, "南屿样例检验有限公司")
    grant_role(session, token.user_id, "body_admin", clock.now(), organisation_id=other.id)
    assert actor_of_token(session, raw, clock.now()) is None


def test_a_new_password_ends_ones_own_tokens_and_has_the_bodys_looked_over(
    app, session, admin, body
) -> None:
    own, bodys = issue(admin, "/account/tokens"), issue(admin, "/office/tokens")
    make_user(session, "hai", "body_admin", body)
    better = {"password": "heron-8-by-river", "again": "heron-8-by-river"}
    assert admin.post("/password", old=PASSWORD, **better).status_code == 302
    assert actor_of_token(session, own, clock.now()) is None
    assert actor_of_token(session, bodys, clock.now()) is not None
    notices = session.execute(select(Notice.kind, Notice.link, Notice.user_id)).all()
    told = [one for one in notices if one.kind == "account.tokens"]
    assert len({one.user_id for one in told}) == len(told) == 2
    assert {one.link for one in told} == {"/office/tokens"}
    assert [one.kind for one in notices].count("account.password_set") == 1


def test_another_administrator_of_the_body_may_revoke_it(session, story, admin, body, browse):
    issue(admin, "/office/tokens")
    make_user(session, "hai", "body_admin", body)
    token = session.scalars(select(ApiToken)).one()
    hai = browse("hai")
    assert "夜间同步" in hai.get("/office/tokens").text
    assert hai.post(f"/office/tokens/{token.id}/revoke").status_code == 303
    told = [one.action for one in audit.events(session, f"organisation/{body.id}")]
    assert told[-2:] == ["api_token.issued", "api_token.revoked"]


def test_a_webhook_from_its_first_secret_to_its_end(session, story, admin) -> None:
    with receiver() as program:
        told = {"name": "业务系统", "url": program.url, "event": ["case.submitted"]}
        (program.secret,) = SECRET.findall(admin.post("/webhooks", **told).text)
        webhook = session.scalars(select(Webhook)).one()
        address = f"/webhooks/{webhook.id}"
        assert "业务系统" in admin.get("/webhooks").text
        assert program.secret not in admin.get(address).text
        story.begin().choose().apply()
        assert admin.post(f"{address}/test").status_code == 303
        while outbox.relay():
            pass
        page = admin.get(address).text
        assert sorted(program.events) == ["case.submitted", "ping"]
        assert page.count("已送达") == 2
        assert str(story.case.number) in page
        assert admin.post(address, **(told | {"event": ["case.closed"]})).status_code == 303
        assert session.scalars(select(Webhook.events)).one() == ["case.closed"]
        (renewed,) = SECRET.findall(admin.post(f"{address}/secret").text)
        assert renewed != program.secret
        assert admin.post(f"{address}/remove").status_code == 303
    assert session.scalars(select(WebhookDelivery)).all() == []
    assert admin.get(address).status_code == 404


def test_a_stopped_webhook_says_why_and_goes_on(session, admin) -> None:
    told = {"name": "n", "url": "http://127.0.0.1:9/", "event": ["case.submitted"]}
    admin.post("/webhooks", **told)
    webhook = session.scalars(select(Webhook)).one()
    webhook.state, webhook.failure, webhook.stopped_at = "stopped", "HTTP 503", clock.now()
    page = admin.get(f"/webhooks/{webhook.id}").text
    assert "HTTP 503" in page
    assert "恢复推送" in page
    assert admin.post(f"/webhooks/{webhook.id}/resume").status_code == 303
    assert admin.post(f"/webhooks/{webhook.id}/resume").status_code == 409


def test_a_wrong_webhook_is_told_at_its_fields(session, admin) -> None:
    answer = admin.post("/webhooks", name="", url="nowhere", event=[])
    assert answer.status_code == 422
    for said in ("请写明用途", "请填写完整的网址", "请至少选一种事件"):
        assert said in answer.text
    told = {"name": "n", "url": "http://127.0.0.1:9/", "event": ["case.submitted"]}
    admin.post("/webhooks", **told)
    webhook = session.scalars(select(Webhook)).one()
    assert admin.post(f"/webhooks/{webhook.id}", **(told | {"url": ""})).status_code == 422


def test_the_association_keeps_its_own(session, story, browse) -> None:
    make_user(session, "root", "system_admin")
    root = browse("root")
    told = {"name": "数据中心", "url": "http://127.0.0.1:9/", "event": ["case.closed"]}
    root.post("/webhooks", **told)
    assert session.scalars(select(Webhook.organisation_id)).one() is None
    assert "数据中心" in root.get("/webhooks").text

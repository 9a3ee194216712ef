"""Programs are told what happens to cases: signed, once, again after a failure, never too much."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from certflow.accounts.models import Organisation
from certflow.cases import linking, operations, resting
from certflow.cases.models import CaseParty
from certflow.core import audit, clock, outbox, settings
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from certflow.core.incidents import open_incidents
from certflow.core.outbox import OutboxItem
from certflow.demo.story import Story
from certflow.notifications import webhook_sending, webhooks
from certflow.notifications.models import Notice, Webhook, WebhookDelivery
from factories.actors import actor, make_user
from factories.cast import START, make_story
from factories.people import body as make_body
from factories.receiver import Receiver, receiver

ALL = tuple(webhooks.EVENTS)
PERSONAL = ("林", "lin", "@")


@pytest.fixture
def story(session: Session) -> Story:
    clock.freeze(START)
    return make_story(session)


@pytest.fixture
def program() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def admin(session: Session, story: Story) -> Actor:
    body = session.get_one(Organisation, story.cast.staff.organisation_id)
    return actor(make_user(session, "bai", "body_admin", body), "body_admin", body)


@pytest.fixture
def association(session: Session, story: Story) -> Actor:
    return actor(make_user(session, "root", "system_admin"), "system_admin")


def subscribe(
    session: Session, who: Actor, program: Receiver, events: tuple[str, ...] = ALL
) -> Webhook:
    told = {"name": "业务系统", "url": program.url, "events": events}
    made = webhooks.new_webhook(session, who, told)
    program.secret = made.secret
    return made.webhook


def work(session: Session) -> None:
    """Carry out what is due, as the background does, until nothing is left."""
    session.commit()
    while outbox.relay():
        pass
    session.expire_all()


def deliveries(session: Session) -> list[WebhookDelivery]:
    return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def test_a_case_is_told_from_submission_to_certificate(session, story, admin, program) -> None:
    subscribe(session, admin, program)
    story.begin().choose().apply()
    work(session)
    assert sorted(program.events) == ["case.submitted", "task.completed", "task.opened"]
    submitted = next(one for one in program.taken if one["type"] == "case.submitted")
    case = submitted["data"]["case"]
    assert (case["id"], case["state"]) == (story.case_id, "open")
    assert (case["number"], case["stages"]) == (story.case.number, ["pre_review"])
    story.pre_review().pay().accept().assign().evaluate().conclude().approve()
    work(session)
    assert {"case.closed", "certificate.issued"} <= set(program.events)
    closed = next(one for one in program.taken if one["type"] == "case.closed")
    assert (closed["data"]["case"]["outcome"]) == "registered"
    assert program.refused == []


def test_nothing_personal_is_said(session, story, admin, program) -> None:
    subscribe(session, admin, program)
    story.begin().choose().apply().pre_review()
    work(session)
    said = b"".join(body for _, body in program.requests).decode()
    assert said
    assert [word for word in PERSONAL if word in said] == []


def test_a_return_and_a_suspension_are_told(session, story, admin, association, program) -> None:
    subscribe(session, admin, program, ("case.returned", "case.suspended", "case.resumed"))
    story.begin().choose().apply()
    story.do("pre_review", story.cast.staff, {"verdicts": {}, "opinion": "请补正。"}, "return")
    resting.suspend(session, association, story.case_id, "等待补充")
    resting.resume(session, association, story.case_id, "已补充")
    work(session)
    assert sorted(program.events) == ["case.resumed", "case.returned", "case.suspended"]


def test_a_draft_is_nobodys_business(session, story, admin, association, program) -> None:
    subscribe(session, admin, program)
    story.begin().choose()
    work(session)
    assert program.requests == []


def test_only_chosen_events_are_told(session, story, admin, program) -> None:
    subscribe(session, admin, program, ("case.submitted",))
    story.begin().choose().apply()
    work(session)
    assert program.events == ["case.submitted"]


def test_another_body_is_told_nothing(session, story, program) -> None:
    other = make_body(session, "南屿样例检验有限公司")
    stranger = actor(make_user(session, "zhou", "body_admin", other), "body_admin", other)
    subscribe(session, stranger, program)
    story.begin().choose().apply().pre_review()
    work(session)
    assert (program.requests, deliveries(session)) == ([], [])


@pytest.mark.parametrize("whom", ["organisation_id", "user_id"])
def test_a_body_is_not_told_of_what_is_against_it_or_its_people(
    session, story, admin, program, whom
) -> None:
    subscribe(session, admin, program)
    story.begin().choose()
    party = CaseParty(case_id=story.case_id, part="party", **{whom: getattr(admin, whom)})
    session.add(party)
    story.apply()
    work(session)
    assert program.requests == []
    session.delete(session.merge(party))
    story.pre_review()
    work(session)
    assert "task.completed" in program.events


def test_a_body_is_told_of_what_is_against_another(session, story, admin, program) -> None:
    subscribe(session, admin, program, ("case.submitted",))
    story.begin().choose()
    other = make_body(session, "南屿样例检验有限公司")
    session.add(CaseParty(case_id=story.case_id, part="party", organisation_id=other.id))
    story.apply()
    work(session)
    assert program.events == ["case.submitted"]


def test_the_association_is_told_of_every_body(session, story, association, program) -> None:
    subscribe(session, association, program, ("case.submitted",))
    story.begin().choose().apply()
    replace(story).begin().choose().apply()
    work(session)
    assert program.events == ["case.submitted"] * 2


def test_a_body_that_is_no_longer_subscribed_costs_nothing(session, story, admin, program) -> None:
    webhook = subscribe(session, admin, program)
    webhooks.remove(session, admin, webhook.id)
    story.begin().choose().apply()
    kinds = set(session.scalars(select(OutboxItem.kind)))
    assert not [kind for kind in kinds if kind.startswith("webhook")]


def test_a_failed_delivery_comes_again_with_the_same_id(session, story, admin, program) -> None:
    subscribe(session, admin, program, ("case.submitted",))
    program.answers = [500]
    story.begin().choose().apply()
    work(session)
    (one,) = deliveries(session)
    assert (one.state, one.status, one.attempts) == ("waiting", 500, 1)
    clock.move(timedelta(minutes=2))
    work(session)
    (one,) = deliveries(session)
    assert (one.state, one.status, one.attempts) == ("done", 204, 2)
    ids = {headers["webhook-id"] for headers, _ in program.requests}
    times = {headers["webhook-timestamp"] for headers, _ in program.requests}
    assert (len(ids), len(times), len(program.taken)) == (1, 2, 1)


def test_what_is_replayed_is_refused(session, story, admin, program) -> None:
    subscribe(session, admin, program, ("case.submitted",))
    story.begin().choose().apply()
    work(session)
    headers, body = program.requests[0]
    assert program.take(headers, body) == 400
    later = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}
    assert program.take(later, body) == 400
    assert program.take(headers, body.replace(b"open", b"shut")) == 400
    clock.move(timedelta(minutes=6))
    program.seen.clear()
    assert program.take(headers, body) == 400
    assert program.refused == ["seen before", "signature", "signature", "too old"]


def test_a_receiver_that_stays_away_stops_its_webhook_and_can_go_on(
    session, story, admin, program
) -> None:
    webhook = subscribe(session, admin, program, ("case.submitted", "task.completed"))
    program.answers = [503] * 30
    story.begin().choose().apply()
    for _ in range(12):
        work(session)
        clock.move(timedelta(hours=1))
    assert (webhook.state, webhook.failure) == ("stopped", "HTTP 503")
    tried = len(program.requests)
    story.pre_review()
    work(session)
    assert len(program.requests) == tried
    assert {one.state for one in deliveries(session)} == {"failed", "held"}
    assert open_incidents(session) == []
    told = session.scalars(select(Notice).where(Notice.kind == "webhook.stopped")).one()
    assert (told.user_id, told.link) == (admin.user_id, f"/webhooks/{webhook.id}")
    program.answers = []
    assert webhooks.waiting_in(session, webhook) == 3
    assert webhooks.resume(session, admin, webhook.id) == 3
    work(session)
    assert sorted(program.events) == ["case.submitted", "task.completed", "task.completed"]
    with pytest.raises(Conflict):
        webhooks.resume(session, admin, webhook.id)


def test_an_address_that_just_failed_is_left_in_peace(session, story, admin, program) -> None:
    subscribe(session, admin, program, ("case.submitted", "task.completed", "task.opened"))
    program.answers = [500]
    story.begin().choose().apply()
    work(session)
    assert len(program.requests) == 1
    states = [(one.state, one.attempts) for one in deliveries(session)]
    assert sorted(states) == [("waiting", 0), ("waiting", 0), ("waiting", 1)]
    clock.move(timedelta(minutes=2))
    work(session)
    assert sorted(program.events) == ["case.submitted", "task.completed", "task.opened"]


def test_a_test_message_goes_even_to_a_stopped_webhook(session, admin, program) -> None:
    webhook = subscribe(session, admin, program)
    webhook.state = "stopped"
    webhooks.test(session, admin, webhook.id)
    work(session)
    assert program.events == ["ping"]
    program.answers = [500]
    webhooks.test(session, admin, webhook.id)
    work(session)
    assert [one.state for one in deliveries(session)] == ["done", "failed"]
    assert webhooks.waiting_in(session, webhook) == 0


def test_redirects_are_not_followed(session, admin, program) -> None:
    webhook = subscribe(session, admin, program)
    program.answers = [302]
    webhooks.test(session, admin, webhook.id)
    work(session)
    (one,) = deliveries(session)
    assert (one.state, one.status, len(program.requests)) == ("failed", 302, 1)


def test_nobody_there_is_told_in_the_log(session, admin, program) -> None:
    webhook = subscribe(session, admin, program)
    webhook.url = "http://127.0.0.1:9/"
    webhooks.test(session, admin, webhook.id)
    work(session)
    assert deliveries(session)[0].failure == "ConnectionRefusedError"


def test_a_new_secret_signs_what_comes_after(session, admin, program) -> None:
    webhook = subscribe(session, admin, program)
    old = program.secret
    program.secret = webhooks.renew_secret(session, admin, webhook.id).secret
    webhooks.test(session, admin, webhook.id)
    work(session)
    assert (program.events, program.secret == old) == (["ping"], False)


def test_secret_and_address_are_encrypted(session, admin, program) -> None:
    subscribe(session, admin, program)
    session.flush()
    table = Webhook.__table__
    raw = session.connection().exec_driver_sql(f"SELECT secret, url FROM {table.name}").one()
    assert program.secret.encode() not in bytes(raw.secret)
    assert b"127.0.0.1" not in bytes(raw.url)


def test_another_body_cannot_touch_it(session, admin, association, story, program) -> None:
    webhook = subscribe(session, admin, program)
    other = make_body(session, "南屿样例检验有限公司")
    stranger = actor(make_user(session, "zhou", "body_admin", other), "body_admin", other)
    for who in (stranger, association):
        assert webhooks.webhooks_of(session, who) == []
        for deed in (webhooks.test, webhooks.renew_secret, webhooks.remove, webhooks.resume):
            with pytest.raises(NotFound):
                deed(session, who, webhook.id)
    with pytest.raises(Forbidden):
        webhooks.webhooks_of(session, story.cast.staff)


def test_all_of_it_is_in_the_trail(session, admin, program) -> None:
    webhook = subscribe(session, admin, program)
    told = {"name": "x", "url": program.url, "events": ["case.closed"]}
    webhooks.change(session, admin, webhook.id, told)
    webhooks.renew_secret(session, admin, webhook.id)
    webhooks.remove(session, admin, webhook.id)
    events = audit.events(session, f"organisation/{admin.organisation_id}")
    assert [one.action for one in events] == [
        "webhook.created", "webhook.changed", "webhook.secret_renewed", "webhook.removed",
    ]  # fmt: skip
    assert program.secret not in str([(one.before, one.after) for one in events])


def test_old_deliveries_are_forgotten(session, admin, program) -> None:
    webhook = subscribe(session, admin, program)
    webhooks.test(session, admin, webhook.id)
    assert webhooks.forget(session, clock.now() - timedelta(days=30)) == 0
    assert webhooks.forget(session, clock.now() + timedelta(days=1)) == 1


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"name": " "}, "name"),
        ({"events": ()}, "events"),
        ({"events": ("case.dreamt",)}, "events"),
        ({"url": ""}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://user:pw@example.com/"}, "url"),
        ({"url": "https://example.com:99999/"}, "url"),
        ({"url": "https://[::1/"}, "url"),
        ({"url": "https://example.com/a\r\nb: c"}, "url"),
        ({"url": "https://example.com/" + "a" * 500}, "url"),
    ],
)
def test_what_is_typed_wrong_is_told_at_its_field(session, admin, told, field) -> None:
    right = {"name": "n", "url": "https://example.com/", "events": ALL}
    with pytest.raises(Invalid) as caught:
        webhooks.new_webhook(session, admin, right | told)
    assert list(caught.value.fields) == [field]


def test_there_is_a_limit(session, admin, program) -> None:
    for _ in range(webhooks.MOST):
        subscribe(session, admin, program)
    with pytest.raises(Invalid):
        subscribe(session, admin, program)


def test_production_calls_no_address_inside(
    app: Flask, session, admin, program, monkeypatch
) -> None:
    """Control: the same message is taken where this is no production (see above)."""
    webhook = subscribe(session, admin, program)
    settings.install(replace(app.extensions["certflow"], mode="production"))
    told = {"name": "n", "url": program.url, "events": ALL}
    with pytest.raises(Invalid):
        webhooks.change(session, admin, webhook.id, told)
    webhooks.test(session, admin, webhook.id)
    work(session)
    assert (deliveries(session)[0].failure, program.requests) == ("地址不在公共网络上", [])


def test_a_name_that_turns_inward_later_is_not_called(monkeypatch, program) -> None:
    """The address that is called is the one that was checked: a name cannot change in between."""
    asked, really = [], socket.getaddrinfo

    def resolve(host, port, *rest, **more):
        if host == "receiver.example":
            asked.append(host)
            host = "127.0.0.1"
        return really(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    port, program.secret = urlsplit(program.url).port, "whsec_AAAA"
    message = webhook_sending.Message(f"http://receiver.example:{port}/", "whsec_AAAA", "k", b"{}")
    refused = webhook_sending.post(message, clock.now(), production=True)
    assert (refused.status, program.requests) == (None, [])
    taken = webhook_sending.post(message, clock.now(), production=False)
    assert (taken.status, asked) == (204, ["receiver.example"] * 2)
    assert program.requests[0][0]["host"] == f"receiver.example:{port}"


def test_reopening_is_told(session, story, admin, program) -> None:
    subscribe(session, admin, program, ("case.reopened",))
    story.begin().choose().apply().pre_review().pay().accept().assign()
    story.evaluate().conclude().approve()
    linking.reopen(session, story.case_id, "conclude", story.cast.approver, "申诉成立")
    work(session)
    assert program.events == ["case.reopened"]


def test_taking_back_is_told_as_closed(session, story, admin, program) -> None:
    subscribe(session, admin, program, ("case.closed",))
    story.begin().choose().apply()
    operations.withdraw(session, story.cast.applicant, story.case_id, "", None)
    work(session)
    assert program.taken[0]["data"]["case"]["outcome"] == "withdrawn"

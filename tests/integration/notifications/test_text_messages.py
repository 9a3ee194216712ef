"""Text messages: laid down for developers, or handed to the provider, signed (A2, B8)."""

import json
from dataclasses import replace

import pytest

from certflow.accounts import codes
from certflow.core import clock, outbox, settings
from certflow.core.db import transaction
from certflow.core.incidents import open_incidents
from certflow.core.text import Text
from certflow.notifications import text_messages, topics
from certflow.notifications.aliyun import Aliyun, NotAccepted
from certflow.notifications.models import TextMessage
from certflow.notifications.operations import NewNotice, notify
from certflow.notifications.topics import Channels
from factories import people
from factories.actors import actor
from factories.messengers import mail_server, provider
from factories.people import NINE

PHONE = "13800000001"
ASK = codes.Ask("sign_up", "sms", PHONE, "b", "203.0.113.7")
SAID = Text("您的申请需要整改", "Please mend your application")


@pytest.fixture
def at_nine(app):
    with app.app_context(), clock.frozen(NINE):
        yield


def using(monkeypatch, **changes):
    monkeypatch.setattr(settings._Current, "settings", replace(settings.current(), **changes))


def laid_down():
    folder = settings.current().data_dir / "sms"
    return [json.loads(path.read_text()) for path in folder.glob("*.json")]


@pytest.fixture(autouse=True)
def empty_folder(app):
    for path in (settings.current().data_dir / "sms").glob("*.json"):
        path.unlink()


def asked(**changes):
    with transaction() as session:
        code = codes.issue(session, ASK._replace(**changes), clock.now())
        return codes.digits_of(code)


def test_without_a_provider_a_code_lies_in_the_data_folder(at_nine):
    digits = asked()
    assert outbox.relay() == 1
    (message,) = laid_down()
    assert message["to"] == PHONE
    assert digits in message["text"]


def test_with_one_it_travels_there_signed_and_once(at_nine, monkeypatch):
    with provider() as aliyun:
        using(monkeypatch, sms_url=aliyun.url)
        digits = asked()
        assert (outbox.relay(), outbox.relay()) == (1, 0)
        (sent,) = aliyun.sent
    assert (sent["PhoneNumbers"], sent["TemplateCode"]) == (PHONE, "SMS_1")
    assert json.loads(sent["TemplateParam"]) == {"code": digits}
    assert laid_down() == []


def test_a_wrong_secret_is_refused_and_the_effect_stays(at_nine, monkeypatch):
    with provider() as aliyun:
        using(monkeypatch, sms_url=aliyun.url.replace("test-secret", "another"))
        asked()
        outbox.relay()
        assert aliyun.sent == []
    with transaction() as session:
        assert outbox.standing(session)["waiting"] == 1


def test_a_refusal_carries_the_code_of_the_provider_and_no_number(at_nine, monkeypatch):
    with provider() as aliyun:
        aliyun.refuses = "isv.BUSINESS_LIMIT_CONTROL"
        service = text_messages.carrier(replace(settings.current(), sms_url=aliyun.url))
        with pytest.raises(NotAccepted) as refused:
            service.send(PHONE, "code", {"code": "1"}, "zh", "k")
    assert "BUSINESS_LIMIT" in str(refused.value)
    assert PHONE not in str(refused.value)


def test_nobody_there_is_no_answer():
    gone = Aliyun("127.0.0.1:9", "", "", "", {"code": "SMS_1"}, plain=True)
    with pytest.raises(NotAccepted, match="no answer"):
        gone.send(PHONE, "code", {"code": "1"}, "zh", "k")
    with pytest.raises(NotAccepted, match="no template"):
        gone.send(PHONE, "notice", {"text": "1"}, "zh", "k")


@pytest.mark.parametrize("url", ["https://example.org", "aliyun+http://a:b@example.org?code=1"])
def test_only_the_provider_itself_is_spoken_to_and_never_in_the_clear(app, url):
    with pytest.raises(ValueError, match="aliyun"):
        text_messages.carrier(replace(settings.current(), sms_url=url))


def test_a_code_that_is_too_late_is_not_sent(at_nine):
    asked()
    clock.move(codes.GOOD_FOR)
    outbox.relay()
    assert laid_down() == []


def test_in_production_without_a_provider_it_is_shown_as_an_incident(at_nine, monkeypatch):
    using(monkeypatch, mode="production")
    asked()
    for _ in range(outbox.MOST_ATTEMPTS):
        with transaction() as session:
            clock.freeze(NINE)
            row = session.query(outbox.OutboxItem).one()
            row.next_try_at = NINE
        outbox.relay()
    with transaction() as session:
        (incident,) = open_incidents(session)
        assert (incident.kind, incident.reason) == ("outbox.code.sms", "没有配置短信服务。")


def test_a_code_by_e_mail_says_so_in_the_reader_s_language(at_nine, monkeypatch):
    with mail_server() as box:
        using(monkeypatch, smtp_url=box.url)
        digits = asked(channel="mail", target="lin@example.org", locale="en")
        assert outbox.relay() == 1
        (message,) = box.messages
    assert message["Subject"] == f"Your code is {digits}"
    assert box.codes("lin@example.org") == [digits]


def test_a_replaced_phone_is_told_and_then_forgotten(at_nine):
    with transaction() as session:
        text_messages.text(session, PHONE, "security", {}, "zh", NINE)
    assert outbox.relay() == 1
    assert laid_down()[0]["to"] == PHONE
    with transaction() as session:
        (message,) = session.query(TextMessage)
        assert (message.phone, message.sent_at) == (None, NINE)


def effects(session):
    return sorted(session.scalars(outbox.select(outbox.OutboxItem.kind)))


def told(session, kind, **channels):
    lin = people.user(session, "lin", "applicant")
    people.person(session, 1, lin.id)
    if channels:
        wanted = {topic: Channels(mail=False, sms=False) for topic in topics.TOPICS}
        wanted |= {topic: Channels(*one) for topic, one in channels.items()}
        topics.choose(session, lin.id, wanted, actor(lin, "applicant"))
    notify(session, [lin.id], NewNotice(kind=kind, role="applicant", text=SAID), NINE)
    return effects(session)


def test_who_chose_nothing_gets_e_mail(session):
    assert told(session, "mend") == ["mail"]


@pytest.mark.parametrize(
    ("kind", "channels", "sent"),
    [
        ("mend", {"todo": (False, True)}, ["sms"]),
        ("mend", {"todo": (True, True)}, ["mail", "sms"]),
        ("mend", {"case": (True, True)}, []),
        ("letter", {"case": (True, False)}, ["mail"]),
        ("payment", {"payment": (False, True)}, ["sms"]),
        ("account.password_reset", {"account": (True, False)}, ["mail"]),
    ],
)
def test_every_topic_has_its_channels(session, kind, channels, sent):
    assert told(session, kind, **channels) == sent


def test_a_notice_by_text_message_is_short_and_has_no_link(at_nine):
    with transaction() as session:
        assert told(session, "mend", todo=(False, True)) == ["sms"]
    outbox.relay()
    assert laid_down()[0]["text"] == "您的申请需要整改。详情请登录平台查看。"

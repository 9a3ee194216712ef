import dataclasses
import email
import email.policy

import pytest

from certflow.accounts.operations import disable, set_locale
from certflow.core import clock, outbox, settings
from certflow.core.actor import SYSTEM
from certflow.core.db import transaction
from certflow.core.text import Text
from certflow.notifications import tasks
from certflow.notifications.models import Notice
from certflow.notifications.operations import NewNotice, notify
from factories import people
from factories.people import NINE

SAID = Text("您的申请需要整改，\r\n请在 60 天内提交。", "Please mend your application.")


@pytest.fixture
def told(session):
    lin = people.user(session, "lin", "applicant")
    new = NewNotice(kind="correct", role="applicant", text=SAID, link="/cases/1")
    return lin, session.get_one(Notice, notify(session, [lin.id], new, NINE)[0])


def carry_out(session, told):
    send = tasks.send_notice(session, told)
    if send is not None:
        send()


def payload(notice):
    return {"notice_id": notice.id, "dedupe_key": f"mail/notice/{notice.id}"}


def laid_down():
    folder = settings.current().data_dir / "mail"
    return sorted(folder.glob("*.eml")) if folder.exists() else []


@pytest.fixture(autouse=True)
def empty_folder(app):
    for path in laid_down():
        path.unlink()


def read(path):
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def test_without_a_server_the_mail_lies_in_the_data_folder_once(session, told):
    lin, notice = told
    carry_out(session, payload(notice))
    carry_out(session, payload(notice))
    (path,) = laid_down()
    message = read(path)
    assert (message["To"], message["Subject"]) == (
        lin.email,
        "您的申请需要整改， 请在 60 天内提交。",
    )
    assert "http://localhost/cases/1" in message.get_content()
    assert "请勿回复" in message.get_content()


def test_the_mail_is_in_the_reader_s_language(session, told):
    lin, notice = told
    set_locale(session, lin.id, "en")
    carry_out(session, payload(notice))
    assert read(laid_down()[0])["Subject"] == SAID.en


def test_the_same_notice_has_the_same_message_id_and_another_one_not(told):
    lin, notice = told
    ids = {
        tasks.compose(notice, lin, key, settings.current())["Message-ID"] for key in ("a", "a", "b")
    }
    assert len(ids) == 2


def test_a_long_text_is_cut_in_the_subject_only(session, told):
    lin, notice = told
    notice.text = Text("长" * 100, "").as_json()
    message = tasks.compose(notice, lin, "a", settings.current())
    assert len(message["Subject"]) == 60
    assert "长" * 100 in message.get_content()


def test_who_was_disabled_meanwhile_gets_no_mail(session, told):
    lin, notice = told
    disable(session, lin, NINE, SYSTEM, "test")
    carry_out(session, payload(notice))
    assert laid_down() == []


def test_the_relay_sends_what_was_told(app):
    with app.app_context(), clock.frozen(NINE):
        with transaction() as session:
            lin = people.user(session, "lin", "applicant")
            notify(session, [lin.id], NewNotice(kind="a", role="applicant", text=SAID), NINE)
        assert outbox.relay() == 1
        assert outbox.relay() == 0
    assert len(laid_down()) == 1


class Server:
    """Stands for smtplib's client and notes what it is told to do."""

    def __init__(self, host, port, timeout, context=None):
        self.did = [("connect", host, port, timeout, context is not None)]
        Server.last = self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.did.append("quit")

    def starttls(self, context):
        self.did.append("starttls")

    def login(self, user, password):
        self.did.append(("login", user, password))

    def send_message(self, message):
        self.did.append(("send", message["To"]))


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("smtp://mail.example.org", [("connect", "mail.example.org", 587, 10, False)]),
        (
            "smtp://me:p%40ss@mail.example.org:25",
            [("connect", "mail.example.org", 25, 10, False), "starttls", ("login", "me", "p@ss")],
        ),
        (
            "smtps://me:secret@mail.example.org",
            [("connect", "mail.example.org", 465, 10, True), ("login", "me", "secret")],
        ),
    ],
)
def test_with_a_server_the_mail_is_handed_to_it_over_tls_before_a_password(
    session, told, monkeypatch, url, did
):
    lin, notice = told
    monkeypatch.setattr(tasks.smtplib, "SMTP", Server)
    monkeypatch.setattr(tasks.smtplib, "SMTP_SSL", Server)
    with_server = dataclasses.replace(settings.current(), smtp_url=url)
    monkeypatch.setattr(settings._Current, "settings", with_server)
    carry_out(session, payload(notice))
    assert Server.last.did == [*did, ("send", lin.email), "quit"]
    assert laid_down() == []

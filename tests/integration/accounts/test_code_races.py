"""Ten tries of one right code at once: one of them counts (H4)."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context

from certflow.accounts import codes
from certflow.core.db import db, transaction
from certflow.core.errors import Invalid, TooMany
from factories.people import NINE

ASK = codes.Ask("sign_up", "sms", "13900000001", "b", "203.0.113.7")
TRIES = 10


def at_once(app, work):
    """Run the work in ten threads, each with a context and a transaction of its own."""

    def one(_number):
        with app.app_context():
            try:
                with transaction() as session:
                    work(session)
            except (Invalid, TooMany):
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(TRIES) as pool:
        return sum(pool.map(lambda number: Context().run(one, number), range(TRIES)))


def test_a_code_is_used_once_however_many_use_it_at_once(app):
    with app.app_context(), transaction() as session:
        code = codes.issue(session, ASK, NINE)
        number, digits = code.id, codes.digits_of(code)
    assert at_once(app, lambda session: codes.prove(session, number, ASK, digits, NINE)) == 1


def test_a_phone_gets_one_code_however_many_ask_at_once(app):
    assert at_once(app, lambda session: codes.issue(session, ASK, NINE)) == 1

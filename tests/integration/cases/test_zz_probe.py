import threading, time
import pytest
from sqlalchemy import text, select
from certflow.cases import operations, queries, assignment, versions
from certflow.cases.models import Case, HumanTask, DueTimer
from certflow.core import clock, audit
from certflow.core.db import db, transaction, writing
from certflow.core.actor import Actor
from certflow.core.errors import *
from certflow.accounts.operations import grant_role
from certflow.payments.queries import order_of_case
from certflow.payments.operations import Payment, mark_paid
from factories.cast import START, make_story, make_expert
from factories.actors import make_user, actor
from factories.people import body as make_body

@pytest.fixture(autouse=True)
def t0(app): clock.freeze(START)

@pytest.fixture
def story(session): return make_story(session)

def waits(engine):
    for _ in range(100):
        with engine.connect() as c:
            if c.execute(text("select count(*) from pg_stat_activity where datname=current_database() and wait_event_type='Lock'")).scalar(): return
        time.sleep(.05)
    raise AssertionError("nobody waits")

def racing(app, session, first, second):
    """first in this session w/o commit; second in a thread; then commit."""
    session.commit()
    first(session)
    session.flush()
    out = []
    def work():
        with app.app_context():
            try:
                with transaction() as s: out.append(second(s))
            except Exception as e: out.append(e)
    th = threading.Thread(target=work); th.start()
    if db.engine.dialect.name == "postgresql": waits(db.engine)
    session.commit(); th.join(); return out[0]

def test_claim_race(app, session, story):
    story.begin().choose().apply().pre_review().pay()
    other = actor(make_user(session, "rev2", "reviewer"), "reviewer")
    task = story.tasks("accept")[0].id
    out = racing(app, session, lambda s: assignment.claim(s, story.cast.reviewer, task), lambda s: assignment.claim(s, other, task))
    print("CLAIM", app.config["SQLALCHEMY_DATABASE_URI"][:6], out if isinstance(out, Exception) else out.assignee_id)
    assert isinstance(out, AppError)

def test_complete_race(app, session, story):
    story.begin().choose().apply().pre_review().pay()
    other = actor(make_user(session, "rev2", "reviewer"), "reviewer")
    task = story.tasks("accept")[0].id
    a = {"complete": True, "in_scope": True, "opinion": "材料齐全，予以受理。"}
    out = racing(app, session, lambda s: operations.complete_task(s, story.cast.reviewer, task, a, "accept"), lambda s: operations.complete_task(s, other, task, a, "accept"))
    print("COMPLETE", repr(out))
    assert isinstance(out, AppError)

def test_delete_reuse(session, story):
    story.begin(); cid = story.case_id
    operations.delete_draft_case(session, story.cast.applicant, cid)
    session.commit()
    story.begin(); print("REUSE", cid, story.case_id)

def test_moved_staff(session, story):
    story.begin().choose().apply()
    task = story.tasks("pre_review")[0].id
    assignment.claim(session, story.cast.staff, task)
    other = make_body(session, "另一家认证有限公司")
    grant_role(session, story.cast.staff.user_id, "body_staff", clock.now(), organisation_id=other.id)
    moved = Actor(story.cast.staff.user_id, "x", "body_staff", other.id)
    with pytest.raises(NotFound): queries.get_task(session, moved, task)

def test_declined(session, story):
    story.begin().choose().apply().pre_review().pay().accept().assign()
    e = story.cast.experts[0]
    story.evaluate(declines=[e.user_id])
    with pytest.raises(NotFound): queries.get_case(session, e, story.case_id)

def test_key(session, story):
    story.begin(); one = story.case_id
    story.begin(); two = story.case_id
    a = {"field": "QMS"}
    story.choose()
    t = [x for x in queries.tasks_of(session, one)][0]
    from certflow.cases.turn import act
    act(session, two, story.cast.applicant, lambda t: None, key="k")
    with pytest.raises(AppError):
        operations.withdraw(session, story.cast.applicant, one, "x", "k")

def test_withdrawn_then_paid(session, story):
    story.begin().choose().apply().pre_review()
    order = order_of_case(session, story.case_id)
    operations.withdraw(session, story.cast.applicant, story.case_id, "不想办了", None)
    print("ORDER after withdrawal", order.state)
    print(mark_paid(session, order.id, Payment("online", "T1", order.amount_fen, "CNY", clock.now())))
    from certflow.core.incidents import open_incidents
    print("INCIDENTS", [i.kind for i in open_incidents(session)])
    assert open_incidents(session)

def test_regulator(session, story):
    story.begin().choose().apply()
    reg = actor(make_user(session, "reg", "regulator"), "regulator")
    with pytest.raises(AppError): operations.comment(session, reg, story.case_id, "hallo")

def test_reassign(session, story):
    story.begin().choose().apply().pre_review("return")if 0 else story.begin().choose().apply().pre_review().pay().accept().assign()
    admin = actor(make_user(session, "adm", "process_admin"), "process_admin")
    body = session.get(Case, story.case_id).organisation_id
    from certflow.accounts.models import Organisation
    bad = make_expert(session, "badx", 77, session.get(Organisation, body))
    task = story.tasks("evaluate")[0].id
    with pytest.raises(Invalid): assignment.reassign(session, admin, task, bad.user_id, "why")

def test_reassign_twice(session, story):
    story.begin().choose().apply().pre_review().pay().accept().assign()
    admin = actor(make_user(session, "adm", "process_admin"), "process_admin")
    a, b = story.tasks("evaluate")
    with pytest.raises(Invalid): assignment.reassign(session, admin, a.id, b.assignee_id, "why")

def test_depth(app, client):
    for n in (900, 5000, 200000):
        r = client.post("/api/v1/tokens", data='{"login_name":' + "[" * n + "]" * n + "}", content_type="application/json")
        print("DEPTH", n, r.status_code)

def test_params(session):
    from sqlalchemy.exc import StatementError
    try: session.execute(text("insert into nowhere values (:a)"), {"a": "11010119900307SECRET"})
    except Exception as e: print("PARAMS", "SECRET" in str(e))

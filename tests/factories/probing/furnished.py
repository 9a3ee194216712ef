"""The house with what the rarer forms stand on: drafts, trials, requests, codes, refunds, filings."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from certflow.accounts import codes, recovery, second_factor, sign_up
from certflow.accounts.models import Organisation, Person
from certflow.cases import groups, operating, versions
from certflow.cases.models import Case, HumanTask
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session, transaction, writing
from certflow.demo.story import Cast, Story
from certflow.exams import operations as exams
from certflow.exams.models import EntrySubject, Exam
from certflow.payments.models import Order
from certflow.payments.operations import request_refund
from certflow.studio import drafts, migrating, releasing, table_changes, trials
from certflow.studio.models import MigrationCase
from factories import confirming, neighbours
from factories.cast import ROOT, publish_shipped
from factories.house import VISITOR, House
from factories.probing.mistyping import Place
from factories.studio import acting, make_designer
from factories.trying import FILE, START

_TRIAL = ("task", "move", "back", "keep", "discard")
DESIGNER = ("process_admin", "designer")
ANYBODY = (VISITOR, "stranger")
NEW_PHONE, BROWSER = "13911112222", "a-browser-of-the-house"
VISITOR_CODE = {"browser": BROWSER, "agreed": "2026-11"}


def furnish(house: House) -> dict[str, Place]:
    """Put up what is missing; return where the forms stand whose address does not say it."""
    with house.app.app_context(), writing(), transaction() as session:
        user = make_designer(session, "house.designer")
        house.tokens["designer", "process_admin"] = neighbours.token(session, acting(user))
        found = _studio(session, acting(user), house.home.strangers["process_admin:edit"])
        found |= _cases(session, house) | _account(session, house) | _desks(session, house)
    return found | _plain(house)


def _plain(house: House) -> dict[str, Place]:
    """Pages that stand elsewhere than above the address of their form."""
    case = house.home.owned["case_id"]
    owner = ("applicant", "owner")
    return {
        "POST /admin/working-days/<day>": Place(
            "/admin/working-days?day=2026-12-31", ("process_admin", "stranger")
        ),
        "POST /cases/<int:case_id>/comments": Place(f"/cases/{case[0]}?tab=messages", owner),
        "POST /admin/tokens": Place(
            "/admin/tokens",
            ("system_admin", "stranger"),
            {"user": "stranger.expert", "role": "expert"},
        ),
        "POST /admin/second-factors": Place(
            "/admin/second-factors",
            ("system_admin", "stranger"),
            {"user": "stranger.complaints_office"},
        ),
        "POST /login": Place("/login", ANYBODY),
        "POST /narrow": Place("/office/cases", ("reviewer", "owner")),
        "POST /sign-up": Place("/sign-up", ANYBODY),
        "POST /recover/password": Place("/recover/password", ANYBODY),
        "POST /organisations/sign-up": Place(
            "/organisations/sign-up", ANYBODY, {"captcha_sum": None}
        ),
        "POST /verify": Place("/verify", ANYBODY),
        "POST /orders/<number>/invoice": Place(
            f"/orders/{house.home.owned['number'][-1]}", owner, {"kind": "company"}
        ),
        "POST /office/refunds/<int:refund_id>": Place(
            "/office/vouchers", ("finance", "stranger"), press={"outcome": "refuse"}
        ),
        "POST /office/vouchers/<int:voucher_id>": Place(
            "/office/vouchers", ("finance", "stranger"), press={"outcome": "refuse"}
        ),
    }


def _studio(session: Session, designer: Actor, editor: Actor) -> dict[str, Place]:
    """Processes with a draft, with a request to decide, with one to put in force, with two versions."""
    for key in ("feedback", "profile_change", "appeal", "complaint"):
        publish_shipped(session, key)
        _changed(session, editor if key in {"appeal", "complaint"} else designer, key)
    draft = drafts.the_draft(session, "profile_change")
    table_changes.begin(session, designer, draft, "reduction", "减免条件")
    content = versions.read_folder(ROOT, "feedback")
    trial = trials.begin(session, designer, "feedback", content, [START, FILE])
    releasing.ask(session, editor, "appeal", "往前排")
    ready = releasing.ask(session, editor, "complaint", "往前排")
    releasing.approve(session, designer, ready.id)
    registration = versions.read_folder(ROOT, "registration")
    registration["service"]["rank"] = 99
    second = versions.publish(session, "registration", registration, "again")
    assert second is not None
    loaded = versions.loaded(session, second.id)
    done = migrating.begin(session, designer, loaded, {}, "another version")
    done.state = "finished"
    session.scalars(select(MigrationCase)).first().state = "moved"  # type: ignore[union-attr]
    here = "/studio/feedback"
    scenario = f"{here}/scenarios/{min(content['scenarios'])}"
    pages = {
        "/studio/<key>/draft/discard": f"{here}/draft/discard",
        "/studio/<key>/draft/forms": f"{here}/draft/forms",
        "/studio/<key>/draft/tables": "/studio/profile_change/draft/tables",
        "/studio/<key>/draft/tables/<name>": "/studio/profile_change/draft/tables/reduction",
        **{f"/studio/<key>/scenarios/<name>{what}": scenario for what in ("", "/delete", "/trial")},
        "/studio/<key>/trials": f"{here}/trials",
        **{
            f"/studio/trials/<int:trial_id>/{what}": f"/studio/trials/{trial.id}" for what in _TRIAL
        },
        "/studio/<key>/draft/tables/<name>/remove": (
            "/studio/profile_change/draft/tables/reduction/remove"
        ),
        "/studio/<key>/migrations": "/studio/registration/migrations",
        "/studio/<key>/migrations/<int:migration_id>/undo": (
            f"/studio/registration/migrations/{done.id}"
        ),
        "/studio/<key>/replays": f"{here}/replays",
        "/studio/<key>/release": f"{here}/release",
        "/studio/<key>/release/<int:release_id>/approve": "/studio/appeal/release",
        "/studio/<key>/release/<int:release_id>/refuse": "/studio/appeal/release",
        "/studio/<key>/release/<int:release_id>/publish": "/studio/complaint/release",
        "/studio/<key>/versions/<int:number>/roll-back": "/studio/registration/versions",
    }
    found = {f"POST {route}": Place(address, DESIGNER) for route, address in pages.items()}
    found["POST /studio/<key>/release/<int:release_id>/publish"].fill["when"] = "later"
    found["POST /studio/<key>/release"].fill["when"] = "later"
    found["POST /studio/import"] = Place("/studio/import", DESIGNER, {"key": "sample_service"})
    return found


def _changed(session: Session, actor: Actor, key: str) -> None:
    draft = drafts.begin_from(session, actor, key)
    found = drafts.part(session, draft, "service")
    drafts.save(session, actor, draft, "service", found.content | {"rank": 50}, found.revision)


def _cases(session: Session, house: House) -> dict[str, Place]:
    """A draft to fill in, a case to pre-review, one to move."""
    home = house.home
    owners, experts = home.owners, (home.owners["expert"],)
    cast = Cast(home.owner, owners["body_staff"], owners["reviewer"], owners["approver"], experts)
    Story(session, cast, payer="organisation").begin().choose().apply().pre_review()
    story = Story(session, cast).begin().choose().apply()
    [task] = story.tasks("pre_review")
    case = session.get_one(Case, home.owned["case_id"][0])
    rest = operating.standing(session, case)[0]
    goal = operating.goals(session, case, rest.token)[0]
    drafted = select(HumanTask.id).where(HumanTask.case_id == home.owned["case_id"][-1])
    return {
        "POST /tasks/<int:task_id>": Place(
            f"/tasks/{session.scalars(drafted).one()}",
            ("applicant", "owner"),
            press={"_go": "next"},
        ),
        "POST /tasks/<int:task_id>/reassign": Place(
            f"/tasks/{task.id}/reassign", ("body_staff", "owner")
        ),
        "POST /studio/cases/<int:case_id>/move": Place(
            f"/studio/cases/{case.id}?token={rest.token}&to={goal.element}", DESIGNER
        ),
    }


def _account(session: Session, house: House) -> dict[str, Place]:
    """Proved phones, second factors at every stage."""
    home, at = house.home, clock.now()
    person = session.get_one(Person, home.owner.person_id)
    begun, enrolled = home.strangers["training_office"], home.strangers["complaints_office"]
    second_factor.start(session, begun.user_id or 0, at)
    factor = second_factor.start(session, enrolled.user_id or 0, at)
    factor.confirmed_at = at
    new, own = (
        _proof(session, sign_up.PURPOSE, NEW_PHONE),
        _proof(session, recovery.RESET, person.phone or ""),
    )
    lost = _proof(session, recovery.LOST_PHONE, "13911113333")
    second = {"second": [enrolled.user_id, at.timestamp(), "", ""]}
    factor_page, being_set_up = "/account/second-factor", ("training_office", "stranger")
    in_use = ("complaints_office", "stranger")
    return {
        "POST /sign-up/phone": Place(
            "/sign-up/phone", ANYBODY, {"captcha_sum": None}, session=VISITOR_CODE
        ),
        "POST /sign-up/particulars": Place(
            "/sign-up/particulars",
            ANYBODY,
            {
                "document_type": "passport",
                "document_number": "E12345678",
                "birth_date": "1990-03-07",
            },
            session=new,
        ),
        "POST /recover/password/new": Place("/recover/password/new", ANYBODY, session=own),
        "POST /recover/phone": Place(
            "/recover/phone",
            ANYBODY,
            {
                "name": person.name,
                "document_number": person.document_number,
                **dict.fromkeys(("phone", "code", "captcha", "captcha_sum")),
            },
            session=lost,
        ),
        "POST /login/second": Place("/login/second", ANYBODY, session=second),
        "POST /account/second-factor/confirm": Place(factor_page, being_set_up),
        "POST /account/second-factor/codes": Place(factor_page, in_use),
        "POST /account/second-factor/off": Place(factor_page, in_use),
    }


def _proof(session: Session, purpose: str, phone: str) -> dict[str, Any]:
    """Let a browser have proved a phone; return what it remembers."""
    ask = codes.Ask(purpose, "sms", codes.spelled_phone(phone), BROWSER, "127.0.0.1", "zh")
    code = codes.issue(session, ask, clock.now())
    codes.prove(session, code.id, ask, codes.digits_of(code), clock.now())
    return {**VISITOR_CODE, f"code.{purpose}": code.id}


def _desks(session: Session, house: House) -> dict[str, Place]:
    """A refund to decide, results to publish, a filing for many, each with its page."""
    home, at = house.home, clock.now()
    paid = session.scalars(select(Order).where(Order.state == "paid")).first()
    assert paid is not None
    request_refund(session, paid.id, "重复缴费", at, home.owner)
    exam = session.scalars(select(Exam)).one()
    mark = exams.NewMark(session.scalars(select(EntrySubject.id)).first() or 0, 77)
    exams.record_marks(session, exam, [mark], at, home.strangers["exam_office"])
    publish_shipped(session, confirming.SERVICE)
    person = session.get_one(Person, home.owner.person_id)
    staff = home.owners["body_staff"]
    body = session.get_one(Organisation, person.organisation_id)
    confirming.certify(session, person.id, body, clock.today() - timedelta(days=365))
    everybody = groups.subjects_of(session, staff, confirming.SERVICE)
    ready = [one.value for one in everybody if one.blocked is None]
    filing = groups.prepare(session, staff, confirming.SERVICE, ready)
    filers, office = ("body_staff", "owner"), ("exam_office", "stranger")
    return {
        "POST /office/filing/new/<key>": Place(f"/office/filing/new/{confirming.SERVICE}", filers),
        "POST /office/filing/<int:filing_id>": Place(
            f"/office/filing/{filing.id}",
            filers,
            {"development_from": "2026-03-02", "development_until": "2026-05-08"},
            {"_outcome": "submit"},
        ),
        "POST /office/exams/<int:exam_id>/publish": Place(
            f"/office/exams/{exam.id}", office, press={"when": "later"}
        ),
        "POST /office/exams/<int:exam_id>/recheck": Place(
            f"/office/exams/{exam.id}", office, {"allows": "yes"}
        ),
    }

"""Change of personal data: what its diagram and forms ask of the domain (A8, D5)."""

from collections.abc import Mapping
from typing import Any

from certflow.accounts.changes import contradicts_document
from certflow.accounts.queries import lock_person
from certflow.cases.exhibiting import compared
from certflow.cases.queries import latest_answer, open_cases_of
from certflow.cases.registry import Exhibit, Step, admission, check, exhibit, operation, starting
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.personnel import profile

ONE_AT_A_TIME = Text(
    "您有一件个人信息变更正在办理，办结后才能再次申请。",
    "A change of your data is under way; you can ask for another once it has ended.",
)
NOTHING_DIFFERS = Text(
    "所填内容与现在的信息相同，没有需要变更的。",
    "Everything is as it is now; there is nothing to change.",
)
NOT_THE_DOCUMENTS = Text(
    "出生日期与您的身份证件号码不一致，请对照证件核对。",
    "The date of birth is not the one in your identity number. Compare it with the document.",
)


@admission("profile_change")
def why_not(session: Session, actor: Actor, _given: Mapping[str, str]) -> Text | None:
    """One change at a time: the next one starts from what this one decides."""
    return ONE_AT_A_TIME if open_cases_of(session, actor.user_id or 0, "profile_change") else None


@starting("profile_change.present")
def present(step: Step) -> dict[str, str]:
    """Open the form with the particulars as they are."""
    return _before(step)


@check("profile_change.something_differs")
def something_differs(step: Step, data: Mapping[str, Any], _outcome: str) -> dict[str, Text]:
    """Something has to change, one change at a time, and a birth date has to be the document's."""
    applicant = step.case.applicant_id
    person = lock_person(step.session, applicant)
    if step.case.state == "draft" and open_cases_of(step.session, applicant, "profile_change"):
        return {"name": ONE_AT_A_TIME}
    wanted = profile.differing(_before(step), data)
    if not wanted:
        return {"name": NOTHING_DIFFERS}
    wrong = "birth_date" in wanted and contradicts_document(person, wanted["birth_date"])
    return {"birth_date": NOT_THE_DOCUMENTS} if wrong else {}


@exhibit("profile_change.before_after")
def before_after(step: Step) -> Exhibit | None:
    """Show what was and what is asked for, side by side."""
    return compared(step, "apply", _before(step))


@operation("profile_change.note_present")
def note_present(step: Step) -> None:
    """Keep how everything was when the change was asked for."""
    profile.note_present(step.session, step.case.id, step.case.applicant_id)


@operation("profile_change.apply")
def apply(step: Step) -> None:
    """Write the change that was decided."""
    asked = latest_answer(step.session, step.case.id, "apply")
    data = asked.data if asked else {}
    profile.apply_change(step.session, step.case.id, data, step.actor, clock.now())


def _before(step: Step) -> dict[str, str]:
    return profile.before_change(step.session, step.case.id, step.case.applicant_id)

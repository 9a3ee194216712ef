"""Erasure of personal data: what goes, what has to stay, and what must end first (issue 5 §1)."""

from collections.abc import Mapping
from typing import Any

from certflow.accounts.held import erase_account
from certflow.accounts.queries import get_user, person_of_user
from certflow.cases import held as of_cases
from certflow.cases.queries import open_cases_of
from certflow.cases.registry import Exhibit, Step, admission, check, exhibit, operation
from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.text import Text
from certflow.notifications.held import erase_notices
from certflow.payments.held import owes
from certflow.personnel import appointments, practising
from certflow.personnel import held as of_personnel
from certflow.processes import erasure_words as words

SERVICE = "data_erasure"


@admission(SERVICE)
def why_not(session: Session, actor: Actor, _given: Mapping[str, str]) -> Text | None:
    """One request at a time; what stands in the way is told before anything is filled in."""
    user_id = actor.user_id or 0
    if open_cases_of(session, user_id, SERVICE):
        return words.ONE_AT_A_TIME
    return _in_the_way(session, user_id, 0)


@check(f"{SERVICE}.nothing_stands")
def nothing_stands(step: Step, _data: Mapping[str, Any], outcome: str) -> dict[str, Text]:
    """Look once more, when it is submitted and when it is granted."""
    if outcome not in {"submit", "approve"}:
        return {}
    found = _in_the_way(step.session, step.case.applicant_id, step.case.id)
    return {"understood" if outcome == "submit" else "opinion": found} if found else {}


@exhibit(f"{SERVICE}.what")
def what(step: Step) -> Exhibit:
    """Show what is erased and what is kept, with this person's own figures."""
    session, user_id = step.session, step.case.applicant_id
    person = person_of_user(session, user_id)
    used = of_cases.records_used(session, user_id)
    unused = of_personnel.unused_records(session, person.id, used) if person else []
    drafts = [one for one in of_cases.drafts_of(session, user_id) if one.id != step.case.id]
    return words.table(len(drafts), len(unused), kept=_kept(step))


@operation(f"{SERVICE}.erase")
def erase(step: Step) -> dict[str, Any]:
    """Erase what need not be kept; the account is closed, the rest is locked."""
    session, user_id, at = step.session, step.case.applicant_id, clock.now()
    keep, person = _kept(step), person_of_user(session, user_id)
    erased = {
        "drafts": of_cases.erase_drafts(session, user_id, step.actor),
        "notices": erase_notices(session, user_id),
        "records": 0,
    }
    if person is not None:
        used = of_cases.records_used(session, user_id)
        erased["records"] = of_personnel.erase_records(session, person.id, used)
    cause = f"case/{step.case.id}"
    erase_account(session, user_id, at, step.actor, keep_identity=keep, cause=cause)
    return {"erased": erased}


def _kept(step: Step) -> bool:
    person = person_of_user(step.session, step.case.applicant_id)
    return person is not None and of_personnel.on_register(step.session, person.id)


def _in_the_way(session: Session, user_id: int, case_id: int) -> Text | None:
    person, today = person_of_user(session, user_id), clock.today()
    user = get_user(session, user_id)
    faults = {
        words.CERTIFIED: person and practising.live_certificates(session, person.id, today),
        words.OPEN_CASES: of_cases.others_open(session, user_id, case_id),
        words.OWES: owes(session, user_id),
        words.EXPERT: appointments.terms(session, user_id, today) if user else [],
        words.WORKING: of_cases.working(session, user_id),
    }
    return next((text for text, is_so in faults.items() if is_so), None)

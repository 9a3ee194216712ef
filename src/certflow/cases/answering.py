"""A task's form: what it starts from, what it may change, what it decides (design §5)."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from certflow.accounts.queries import person_of_user
from certflow.cases import evidence, queries, registry
from certflow.cases.errors import not_suspended
from certflow.cases.models import Answer, HumanTask
from certflow.cases.turn import Turn
from certflow.cases.versions import Loaded
from certflow.core.db import Session
from certflow.core.errors import Invalid
from certflow.core.text import Text
from certflow.forms.amend import Remark, Review, amend, flagged
from certflow.forms.answers import validate
from certflow.forms.parts import FormDefinition, Option
from certflow.forms.review import OPINION, review_field

MEND = Text(
    "还有 {count} 处需要修改，请按提示改好后再提交。您填写的内容都在。",
    "{count} places still need mending. Follow the hints and submit again; nothing you typed is lost.",
)


def root_of(form: FormDefinition) -> str:
    """Return the form whose data an answer to `form` holds."""
    return form.amends.key if form.amends else form.key


def starting_data(
    session: Session, task: HumanTask, form: FormDefinition, step: Callable[[], registry.Step]
) -> dict[str, Any]:
    """Return what a task's form opens with: its draft, else the answer that it amends.

    A form that the same person answered before in this case (an evaluation in the next
    round) opens with that answer; a new one with what is known of the applicant.
    """
    draft = queries.draft_of(session, task.id)
    if draft is not None:
        return dict(draft.data)
    before = _before(session, task, form)
    if before is not None:
        return _repeated(task, form, before)
    known = registry.startings[form.starts_from](step()) if form.starts_from else {}
    usual = {name: one.default for name, one in form.answered.items() if one.default is not None}
    return {**usual, **_proposed(session, task, form), **known}


def _repeated(task: HumanTask, form: FormDefinition, before: Answer) -> dict[str, Any]:
    """Open with the answer before; an opinion that led to another outcome is not said again."""
    data = dict(before.data)
    if task.role != "applicant" and review_field(form) is None:
        data.pop(OPINION, None)
    return data


_OWN_BODY = frozenset({"organisation", "own_body"})


def _proposed(session: Session, task: HumanTask, form: FormDefinition) -> dict[str, Any]:
    """Propose an applicant's own body where a form asks for the organisation."""
    asked = [name for name, field in form.answered.items() if field.source in _OWN_BODY]
    person = person_of_user(session, task.assignee_id) if asked and task.assignee_id else None
    body = person.organisation_id if person else None
    return dict.fromkeys(asked, str(body)) if body else {}


def _before(session: Session, task: HumanTask, form: FormDefinition) -> Answer | None:
    answers = queries.answers(session, task.case_id, root_of(form))
    if form.amends or task.role == "applicant":
        return answers[-1] if answers else None
    own = [one for one in answers if one.actor_id == task.assignee_id]
    return own[-1] if own else None


def reviewed_data(session: Session, case_id: int, form: FormDefinition) -> dict[str, Any] | None:
    """Return the submitted data that a review form looks at."""
    if not form.reviews:
        return None
    return queries.latest_data(session, case_id, form.reviews.key) or {}


def remarks_on(
    session: Session, case_id: int, loaded: Loaded, root: str, locale: str = "zh"
) -> dict[str, list[Remark]]:
    """Return what reviewers flagged since the form `root` was last submitted, by path."""
    return flagged(reviews_since(session, case_id, loaded, root, locale))


def reviews_since(
    session: Session,
    case_id: int,
    loaded: Loaded,
    root: str,
    locale: str = "zh",
    form: FormDefinition | None = None,
) -> list[Review]:
    """Return the reviews of the last round of the form `root`.

    For who mends they are those since it was last submitted; for who reviews again (`form` is a
    review form) those of the version before.
    """
    everything = queries.answers(session, case_id)
    submitted = [0, *(one.id for one in everything if one.form == root)]
    again = form is not None and form.reviews is not None
    start, end = (submitted[-2:] if again else (submitted[-1], None)) if submitted[1:] else (0, 0)
    return [
        Review(reviewing, one.data, _reviewer(one).of(locale), one.at)
        for one in everything
        if one.id > start
        and (end is None or one.id < end)
        and (reviewing := loaded.forms.get(one.task_form)) is not None
        and reviewing.reviews is not None
        and reviewing.reviews.key == root
    ]


def _reviewer(answer: Answer) -> Text:
    return {
        "body_staff": Text("认证机构的意见", "Remark of the certification body"),
        "expert": Text("评价专家的意见", "Remark of an expert"),
    }.get(answer.actor_role, Text("协会的意见", "Remark of the association"))


class Accepted(NamedTuple):
    """An answer that is in order: its form, the clean data, the data that it reviews."""

    form: FormDefinition
    data: dict[str, Any]
    reviewed: dict[str, Any] | None


def accepted(turn: Turn, task: HumanTask, submitted: Mapping[str, Any], outcome: str) -> Accepted:
    """Validate what was submitted.

    Raises:
        Invalid: with a sentence a field, when something is wrong.

    """
    answer = examined(turn, task, submitted, outcome)
    errors = evidence.attach(turn, answer.form, answer.data)
    if errors:
        raise Invalid(MEND.filled(count=len(errors)), errors)
    return answer


def examined(turn: Turn, task: HumanTask, submitted: Mapping[str, Any], outcome: str) -> Accepted:
    """Check what is to be submitted and change nothing.

    Raises:
        Invalid: with a sentence a field, when something is wrong.
        Suspended: nobody works on the case now.

    """
    not_suspended(turn.case)
    form = turn.loaded.forms[task.form]
    data = dict(submitted)
    if form.amends:
        remarks = remarks_on(turn.session, turn.case.id, turn.loaded, form.amends.key)
        previous = queries.latest_data(turn.session, turn.case.id, form.amends.key)
        data = amend(form, previous or {}, data, remarks)
    reviewed = reviewed_data(turn.session, turn.case.id, form)
    result = validate(form, data, outcome, choices=options_of(turn.step(), form), reviewed=reviewed)
    errors = dict(result.errors)
    for name in form.checks if not errors else ():
        errors |= registry.checks[name](turn.step(), result.data, outcome)
    if errors:
        raise Invalid(MEND.filled(count=len(errors)), errors)
    return Accepted(form, dict(result.data), reviewed)


def options_of(step: registry.Step, form: FormDefinition) -> dict[str, list[Option]]:
    """Return what the form's run-time choices offer, by source; records offer themselves."""
    return {
        source: [Option(one.value, one.label, one.blocked or one.note) for one in offered(step)]
        for source in form.sources
        if (offered := registry.offered_by(source)) is not None
    }


def exhibits_of(step: registry.Step, form: FormDefinition) -> list[registry.Exhibit]:
    """Return the tables that a form shows above its fields."""
    shown = (registry.exhibits[name](step) for name in form.exhibits)
    return [one for one in shown if one is not None]

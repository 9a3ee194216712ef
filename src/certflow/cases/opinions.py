"""What reviewers said of an application, by person and round (B5, C5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from certflow.cases.dossier import Dossier
from certflow.cases.models import Answer
from certflow.cases.reading import masked
from certflow.cases.remarks import result_of, reviewed_by
from certflow.core.text import NOTHING, Text
from certflow.forms.parts import FormDefinition
from certflow.forms.review import OPINION, Target, review_field, targets


@dataclass(frozen=True)
class Judged:
    """A verdict on one record or field; `verdict` is pass, fail or na."""

    subject: Text
    heading: str
    verdict: str
    code: str = ""
    label: Text = NOTHING
    remark: str = ""


@dataclass(frozen=True)
class Opinion:
    """What one person said at one stage; `kind` is the outcome's."""

    stage: Text
    who: Text
    at: datetime
    round: int
    outcome: Text
    kind: str
    opinion: str
    judged: Sequence[Judged] = ()

    def count(self, verdict: str) -> int:
        """Return how many verdicts are `verdict`."""
        return sum(one.verdict == verdict for one in self.judged)

    @property
    def failed(self) -> list[Judged]:
        """The verdicts that ask for mending."""
        return [one for one in self.judged if one.verdict == "fail"]


def opinions(dossier: Dossier) -> list[Opinion]:
    """Return every opinion that the reader may see, newest first."""
    found = []
    for answer in dossier.answers:
        form = dossier.loaded.forms.get(answer.task_form)
        if form is None or form.reviews is None or not dossier.disclosed(answer):
            continue
        opinion = _opinion(dossier, answer, form)
        if opinion.judged or OPINION in form.fields:
            found.append(opinion)
    return found[::-1]


def _opinion(dossier: Dossier, answer: Answer, form: FormDefinition) -> Opinion:
    chosen = form.outcome(answer.outcome)
    task = next((one for one in dossier.tasks if one.id == answer.task_id), None)
    reviewed = reviewed_by(dossier, answer, form)
    data = reviewed.data if reviewed else {}
    return Opinion(
        stage=dossier.loaded.name_of(task.element) if task else form.title,
        who=dossier.people.signed(answer.actor_id, answer.actor_role),
        at=answer.at,
        round=answer.round,
        outcome=result_of(answer, form),
        kind=chosen.kind if chosen else "",
        opinion=masked(str(answer.data.get(OPINION) or "")),
        judged=[
            one
            for target in targets(form, data)
            if (one := _judged(dossier, answer, form, target)) is not None
        ],
    )


def _judged(
    dossier: Dossier, answer: Answer, form: FormDefinition, target: Target
) -> Judged | None:
    field = review_field(form)
    entry = (answer.data.get(field.name) or {}).get(target.key) if field else None
    if field is None or not entry:
        return None
    picked = field.nonconformity(str(entry.get("code", "")))
    return Judged(
        target.subject,
        dossier.voice.heading(target.field, target.row) if target.row else "",
        str(entry.get("verdict", "")),
        str(entry.get("code", "")),
        picked.label if picked else NOTHING,
        masked(str(entry.get("remark", ""))),
    )

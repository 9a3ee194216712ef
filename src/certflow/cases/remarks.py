"""What an answer says beside its outcome: remarks on records, words, changes."""

from typing import Any

from certflow.cases.dossier import Dossier
from certflow.cases.models import Answer
from certflow.cases.reading import masked
from certflow.core.text import NOTHING, Text
from certflow.forms.amend import Change, Review, changes, flagged
from certflow.forms.parts import FormDefinition
from certflow.forms.review import OPINION, targets


def remarks_in(dossier: Dossier, answer: Answer, form: FormDefinition) -> list[dict[str, Any]]:
    """Return the failed verdicts of an answer, each with what it speaks of (朱批)."""
    reviewed = reviewed_by(dossier, answer, form)
    if form.reviews is None or reviewed is None:
        return []
    subjects = {one.path: one.subject for one in targets(form, reviewed.data)}
    return [
        {
            "who": subjects.get(path, NOTHING),
            "text": masked(remark.text),
            "code": _code(remark.code, remark.label, dossier.voice.locale),
        }
        for path, found in flagged([Review(form, answer.data)]).items()
        for remark in found
    ]


def _code(code: str, label: Text | None, locale: str) -> str:
    return f"{code} {label.of(locale)}" if label else code


def reviewed_by(dossier: Dossier, answer: Answer, form: FormDefinition) -> Answer | None:
    """Return the answer that a review looked at: the version that held when it was given."""
    if form.reviews is None:
        return None
    before = [one for one in dossier.versions_of(form.reviews.key) if one.id < answer.id]
    return before[-1] if before else None


def words_in(answer: Answer, form: FormDefinition, remarks: list[dict[str, Any]]) -> Text:
    """Return what the person wrote beside the verdicts: the opinion, the note on a correction."""
    names = [OPINION] if form.amends is None else [n for n in form.answered if n in form.own]
    said = [str(answer.data.get(name) or "").strip() for name in names]
    words = "\n".join(one for one in said if one)
    if any(one["text"] and one["text"] in words for one in remarks):
        return NOTHING
    return Text.read(masked(words)) if words else NOTHING


def changes_in(dossier: Dossier, answer: Answer, form: FormDefinition) -> list[Change]:
    """Return what an amended application changed, in words."""
    if form.amends is None:
        return []
    before = [one for one in dossier.versions_of(answer.form) if one.id < answer.id]
    if not before:
        return []
    return changes(form.amends, before[-1].data, answer.data, dossier.voice)


def result_of(answer: Answer, form: FormDefinition) -> Text:
    """Return what an answer came to: the option chosen as `result`, else the outcome's label."""
    chosen, field = form.outcome(answer.outcome), form.answered.get("result")
    options = field.options if field is not None else ()
    picked = next((one for one in options if one.value == answer.data.get("result")), None)
    if picked is not None and chosen is not None and chosen.kind == "primary":
        return picked.label
    return chosen.label if chosen else NOTHING

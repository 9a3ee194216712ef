"""What a reviewer has to judge: the records and fields of the form under review (catalogue C5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from certflow.core.text import Text
from certflow.forms.parts import Field, FormDefinition

OPINION = "opinion"  # the field of a review form into which the failed verdicts are written


@dataclass(frozen=True)
class Target:
    """One thing that gets a verdict: `key` is "audit/<record id>" or "field/<name>"."""

    key: str
    field: Field
    row: Mapping[str, Any] | None = None
    number: int = 0

    @property
    def path(self) -> str:
        """Return the path of the thing among the answers."""
        return self.key.removeprefix("field/")

    @property
    def subject(self) -> Text:
        """Return what it is called in an opinion: "审核经历 第 3 条"."""
        label = self.field.label
        if not self.number:
            return label
        return Text(f"{label.zh} 第 {self.number} 条", f"{label.en} no. {self.number}")


def review_field(form: FormDefinition) -> Field | None:
    """Return the field of a form that holds its verdicts, or None."""
    return next((each for each in form.fields.values() if each.widget == "review"), None)


def targets(form: FormDefinition, reviewed: Mapping[str, Any]) -> list[Target]:
    """List what the review form judges in the submitted answers, in reading order."""
    field = review_field(form)
    if field is None or form.reviews is None:
        return []
    found: list[Target] = []
    for each in form.reviews.answered.values():
        wanted = each.name in field.targets if field.targets else each.kind == "records"
        value = reviewed.get(each.name)
        if not wanted or value in (None, ""):
            continue
        if each.kind == "records":
            rows = enumerate(value, start=1)
            found += [Target(f"{each.name}/{row['id']}", each, row, n) for n, row in rows]
        else:
            found.append(Target(f"field/{each.name}", each))
    return found


def tally(
    form: FormDefinition, verdicts: object, reviewed: Mapping[str, Any] | None
) -> dict[str, int]:
    """Count verdicts: passed, failed, na, open (open needs the reviewed answers)."""
    given = verdicts if isinstance(verdicts, Mapping) else {}
    counts = {"passed": 0, "failed": 0, "na": 0, "open": 0}
    names = {"pass": "passed", "fail": "failed", "na": "na"}
    for entry in given.values():
        verdict = names.get(str(entry.get("verdict")) if isinstance(entry, Mapping) else "")
        if verdict:
            counts[verdict] += 1
    if reviewed is not None:
        counts["open"] = sum(target.key not in given for target in targets(form, reviewed))
    return counts


def drafted_opinion(
    form: FormDefinition, data: Mapping[str, Any], reviewed: Mapping[str, Any]
) -> str:
    """Return the opinion that the failed verdicts make by themselves, one line each (C5)."""
    field = review_field(form)
    verdicts = data.get(field.name) if field else None
    lines = []
    for target in targets(form, reviewed) if isinstance(verdicts, Mapping) else []:
        entry = verdicts.get(target.key) if isinstance(verdicts, Mapping) else None
        if field is None or not isinstance(entry, Mapping) or entry.get("verdict") != "fail":
            continue
        picked = field.nonconformity(str(entry.get("code", "")))
        words = str(entry.get("remark") or "").strip() or (picked.text.zh if picked else "")
        lines += [f"{target.subject.zh}：{words}"] if words else []
    return "\n".join(lines)

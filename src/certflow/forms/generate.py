"""Valid answers made up for try-outs, tests and demonstration data (catalogue H5)."""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from certflow.forms.parts import Field, FormDefinition
from certflow.forms.review import review_field, targets
from certflow.forms.schema import load, visible

_WORDS = ("示例", "样例", "试填", "演示")
_ROWS = 2
_TRIES = 20


def sample(
    form: FormDefinition,
    *,
    full: bool = True,
    seed: int = 0,
    choices: Mapping[str, Any] | None = None,
    reviewed: Mapping[str, Any] | None = None,
    today: date = date(2026, 11, 20),
    usual: bool | None = None,
) -> dict[str, Any]:
    """Return made-up answers; `full` fills optional fields too. The same seed gives the same answers.

    `usual` takes the first of what is offered, and answers every yes or no so.
    `choices` are the run-time options by source. Cross-field rules are met by trying again; what
    no try meets is left for the person who tries the form out.
    """
    best: dict[str, Any] = {}
    fewest = None
    for attempt in range(_TRIES):
        number = seed * _TRIES + attempt
        random = Random(number) if usual is None else _Usual(number, yes=usual)  # noqa: S311 (made-up data)
        maker = _Maker(random, full, choices or {}, today)
        data = maker.form(form)
        field = review_field(form)
        if field is not None and reviewed is not None:
            data[field.name] = {
                target.key: {"verdict": "pass"} for target in targets(form, reviewed)
            }
        errors = load(form, data)[1]
        if fewest is None or len(errors) < fewest:
            best, fewest = data, len(errors)
        if not errors:
            break
    return best


class _Usual(Random):
    """Chance that always takes the first, and always answers the same."""

    def __init__(self, seed: int, *, yes: bool) -> None:
        super().__init__(seed)
        self._yes = yes

    def choice(self, seq: Any) -> Any:
        """Take the first."""
        return seq[0]

    def getrandbits(self, k: int, /) -> int:
        """Answer yes or no where one bit is asked for."""
        return int(self._yes) if k == 1 else super().getrandbits(k)


class _Maker:
    def __init__(self, random: Random, full: bool, choices: Mapping[str, Any], today: date) -> None:  # noqa: FBT001 (private)
        self.random, self.full, self.choices = random, full, choices
        self.outer: dict[str, Any] | None = None
        self.day = today - timedelta(days=random.randint(200, 700))

    def form(self, form: FormDefinition) -> dict[str, Any]:
        data: dict[str, Any] = {}
        if self.outer is None:
            self.outer = data
        for name, field in form.answered.items():
            if (self.full or field.required) and name in visible(form, data):
                value = self.value(field, data)
                if value not in (None, [], {}):
                    data[name] = value
        return data

    def value(self, field: Field, data: Mapping[str, Any]) -> Any:
        if field.kind in {"date", "month"}:
            self.day += timedelta(days=self.random.randint(1, 5))
            return self.day.isoformat()[: 7 if field.kind == "month" else 10]
        makers = {
            "records": self.rows,
            "list": self.several,
            "boolean": self.yes,
            "integer": self.number,
            "number": self.number,
            "string": self.text,
        }
        maker = makers.get(field.kind)
        return maker(field, data) if maker else None

    def rows(self, field: Field, _: Mapping[str, Any]) -> list[dict[str, Any]]:
        if field.record is None:
            return []
        count = max(field.limits.min_items, _ROWS if self.full else 1)
        return [
            {"id": f"{field.name}{number}", **self.form(field.record)}
            for number in range(1, count + 1)
        ]

    def several(self, field: Field, data: Mapping[str, Any]) -> list[str]:
        offered = self.offered(field, data)
        if field.widget == "file":
            return [f"file{self.random.randint(1000, 9999)}"] if field.required else []
        wanted = _ROWS if self.full else 1
        count = max(field.limits.min_items, min(wanted, len(offered), field.limits.max_items))
        return offered[:count] if offered else []

    def yes(self, field: Field, _: Mapping[str, Any]) -> bool:
        return (field.widget == "checkbox" and field.required) or bool(self.random.getrandbits(1))

    def number(self, field: Field, data: Mapping[str, Any]) -> int:
        offered = self.offered(field, data)
        if offered:
            return int(self.random.choice(offered))
        low = int(field.limits.minimum or 1)
        high = int(field.limits.maximum if field.limits.maximum is not None else low + 20)
        return self.random.randint(low, max(low, min(high, low + 30)))

    def text(self, field: Field, data: Mapping[str, Any]) -> str | None:
        if field.options or field.source:
            offered = self.offered(field, data)
            return self.random.choice(offered) if offered else None
        if field.limits.format == "email":
            return f"sample{self.random.randint(1, 99)}@example.com"
        if field.example or field.limits.pattern is not None:
            return field.example or None
        word = self.random.choice(_WORDS)
        text = f"{word}{field.label.zh}{self.random.randint(1, 99)}"
        least, most = field.limits.min_length or 1, field.limits.max_length or 60
        return (text * (least // len(text) + 1))[: max(least, min(most, len(text)))]

    def offered(self, field: Field, data: Mapping[str, Any]) -> list[str]:
        if field.options:
            return [each.value for each in field.options]
        kind, _, name = field.source.partition(":")
        if kind == "records":
            return [str(row["id"]) for row in (self.outer or {}).get(name) or []]
        return [each.value for each in self.choices.get(field.source, ())]

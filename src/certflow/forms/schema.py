"""FormDefinition -> marshmallow schema; the server's own check of what was filled in (design §5)."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from certflow.core.clock import now
from certflow.core.expressions import ExpressionError
from certflow.core.given import too_long
from certflow.forms import messages
from certflow.forms.parts import Condition, Field, FormDefinition, Page
from certflow.forms.values import REFERENCE, check_count, value_field

Answers = Mapping[str, Any]
Errors = dict[str, Any]  # name -> [Text] or, for records, id -> name -> [Text]
ROW_KEYS = {"id", "source"}
MOST_REMARK = 2000
VERDICTS = {"pass", "fail", "na"}


class RecordsValue(fields.Field[list[dict[str, Any]]]):
    """Repeating records; each keeps its id and is checked as a small form."""

    def __init__(self, field: Field, **given: Any) -> None:
        super().__init__(**given)
        self.field = field

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **given: Any
    ) -> list[dict[str, Any]]:
        if not isinstance(value, list) or self.field.record is None:
            raise ValidationError([messages.WRONG_RECORD])
        check_count(self.field, len(value), required=self.required)
        rows: dict[str, dict[str, Any]] = {}
        errors: Errors = {}
        for row in value:
            identity = _identity(row, rows)
            loaded, wrong = load(
                self.field.record, {k: v for k, v in row.items() if k not in ROW_KEYS}
            )
            kept = {key: str(row[key]) for key in ("id", "source") if row.get(key)}
            rows[identity] = {**kept, **loaded}
            if wrong:
                errors[identity] = wrong
        if errors:
            raise ValidationError(errors, valid_data=list(rows.values()))
        return list(rows.values())


class ReviewValue(fields.Field[dict[str, dict[str, str]]]):
    """Verdicts by target: {"audit/r1": {"verdict", "code", "remark"}} (catalogue C5)."""

    def __init__(self, field: Field, **given: Any) -> None:
        super().__init__(**given)
        self.field = field

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **given: Any
    ) -> dict[str, dict[str, str]]:
        if not isinstance(value, dict):
            raise ValidationError([messages.WRONG_VERDICT])
        loaded: dict[str, dict[str, str]] = {}
        errors: Errors = {}
        for target, entry in value.items():
            try:
                loaded |= {str(target): entry} if (entry := self._entry(entry)) else {}
            except ValidationError as error:
                errors[str(target)] = error.messages
        if errors:
            raise ValidationError(errors, valid_data=loaded)
        return loaded

    def _entry(self, entry: Any) -> dict[str, str]:
        if not isinstance(entry, dict) or not set(entry) <= {"verdict", "code", "remark"}:
            raise ValidationError([messages.WRONG_VERDICT])
        verdict, code, remark = (
            str(entry.get(key) or "").strip() for key in ("verdict", "code", "remark")
        )
        if not verdict:
            return {}
        if verdict not in VERDICTS:
            raise ValidationError([messages.WRONG_VERDICT])
        most = self.field.limits.max_length or MOST_REMARK
        if len(remark) > most:
            raise ValidationError([too_long(most, len(remark))])
        if verdict != "fail":
            return {"verdict": verdict, "remark": remark} if remark else {"verdict": verdict}
        return self._failed(code, remark)

    def _failed(self, code: str, remark: str) -> dict[str, str]:
        picked = self.field.nonconformity(code)
        if code and picked is None:
            raise ValidationError([messages.WRONG_CHOICE])
        words = remark or (picked.text.zh if picked else "")
        if not words:
            raise ValidationError([messages.NO_REMARK])
        return {"verdict": "fail", "code": code, "remark": words}


def _identity(row: object, taken: Mapping[str, object]) -> str:
    identity = str(row.get("id", "")) if isinstance(row, dict) else ""
    if not REFERENCE.fullmatch(identity):
        raise ValidationError([messages.WRONG_RECORD])
    if identity in taken:
        raise ValidationError([messages.TWICE])
    return identity


class FormSchema(Schema):
    """Base of the schemas made from definitions: unknown keys are refused, in both languages."""

    error_messages: dict[str, Any] = {"unknown": messages.UNKNOWN, "type": messages.NOT_A_FORM}  # noqa: RUF012 (marshmallow declares it so)

    class Meta:
        """Refuse what the form does not know."""

        unknown = RAISE


@lru_cache(maxsize=1024)
def schema_for(form: FormDefinition, names: frozenset[str], required: frozenset[str]) -> Schema:
    """Return the schema of these fields of a form; `required` says which must be filled."""
    made = {name: _field(form.answered[name], required=name in required) for name in names}
    return FormSchema.from_dict(made, name=f"Form_{form.key}")()


@lru_cache(maxsize=4096)
def _field(field: Field, *, required: bool) -> Any:
    special = {"records": RecordsValue, "review": ReviewValue}.get(field.kind)
    if special is None:
        return value_field(field, required=required)
    missing = [messages.required(field)]
    return special(field, required=required, error_messages={"required": missing, "null": missing})


def load(
    form: FormDefinition,
    raw: Answers,
    *,
    page: Page | None = None,
    needed: tuple[str, ...] = (),
    outcome: str = "",
) -> tuple[dict[str, Any], Errors]:
    """Check raw answers and return them typed, with the errors (a tree of lists of Text).

    `page` limits the check to one page, `needed` are required beside those that always are.
    """
    shown, values = _walk(form, raw)
    names = shown & {each.name for each in page.fields} if page else shown
    required = frozenset(n for n in names if form.answered[n].required or n in needed)
    given = {k: v for k, v in present(raw).items() if k in names or k not in form.fields}
    try:
        data: dict[str, Any] = schema_for(form, frozenset(names), required).load(given)
        errors: Errors = {}
    except ValidationError as error:
        data, errors = _valid(error), dict(error.messages_dict)
    ordered = {name: data[name] for name in form.answered if name in data}
    _apply_rules(form, values, names, outcome, errors)
    return ordered, errors


def _valid(error: ValidationError) -> dict[str, Any]:
    return dict(error.valid_data) if isinstance(error.valid_data, dict) else {}


def _apply_rules(
    form: FormDefinition, values: Answers, names: set[str], outcome: str, errors: Errors
) -> None:
    for rule in form.rules:
        if (
            rule.field not in names
            or rule.field in errors
            or (rule.outcomes and outcome not in rule.outcomes)
        ):
            continue
        if holds(rule.must, values) is False:
            errors[rule.field] = [rule.message]


def present(raw: Answers) -> dict[str, Any]:
    """Return the answers that hold something, without blanks at the ends of lines."""
    cleaned = {name: _clean(value) for name, value in raw.items()}
    return {name: value for name, value in cleaned.items() if value is not None and value != ""}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").replace("\r\n", "\n").strip()
    return value


def rows_of(value: object) -> list[dict[str, Any]]:
    """Return what is a record in an unchecked list of records."""
    listed = value if isinstance(value, list) else []
    return [row for row in listed if isinstance(row, dict) and "id" in row]


def visible(form: FormDefinition, raw: Answers) -> frozenset[str]:
    """Return the names of the fields that these answers make visible."""
    return frozenset(_walk(form, raw)[0])


def expression_names(form: FormDefinition, raw: Answers) -> dict[str, Any]:
    """Return every field's value for an expression: typed, None where absent, wrong or invisible."""
    return _walk(form, raw)[1]


def _walk(form: FormDefinition, raw: Answers) -> tuple[set[str], dict[str, Any]]:
    values = {name: _typed(field, None) for name, field in form.answered.items()}
    given = present(raw)
    shown: set[str] = set()
    for page in form.pages:
        if page.visible_if is not None and not holds(page.visible_if, values):
            continue
        for field in page.fields:
            if field.kind == "none" or (
                field.visible_if is not None and not holds(field.visible_if, values)
            ):
                continue
            shown.add(field.name)
            values[field.name] = _typed(field, given.get(field.name))
    return shown, values


def holds(condition: Condition, values: Answers) -> bool | None:
    """Tell whether a condition holds; None where it cannot be told (an answer is missing)."""
    try:
        return bool(condition.expression.evaluate(values, now=now()))
    except ExpressionError:
        return None


def _typed(field: Field, value: Any) -> Any:
    if value is None:
        return [] if field.kind in {"list", "records"} else None
    if field.kind in {"records", "review"}:
        return value
    try:
        read = _field(field, required=False).deserialize(value)
    except ValidationError:
        return None
    return _AS_NAME.get(field.kind, _same)(read)


def _same(value: Any) -> Any:
    return value


_AS_NAME: Mapping[str, Callable[[Any], Any]] = {"date": date.fromisoformat}

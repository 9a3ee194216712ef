"""What is wrong with the forms and the record kinds of a draft (catalogue H2, H3)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from certflow.cases import registry
from certflow.core.text import Text
from certflow.forms.definition import FormDefinition, FormError, FormFinding, read_form
from certflow.studio.remarks import Remark

Json = Mapping[str, Any]
_REFERENCES = ("amends", "reviews")
_UNREADABLE = Text(
    "这张表单读不出来，请在表单编辑器里重新保存，或恢复到上一个版本。",
    "This form cannot be read. Save it again in the form editor, or go back to the last version.",
)


@dataclass(frozen=True)
class FormsRead:
    """The forms that can be read, by key, and what is wrong with all of them."""

    forms: dict[str, FormDefinition]
    remarks: list[Remark]


def read_forms(content: Json) -> FormsRead:
    """Read every record kind and form, and look up the names that they use."""
    told: dict[str, list[FormFinding]] = {}
    for kind, json in content["records"].items():
        read = _read(json, {}, {})
        told[f"record:{kind}"] = read if isinstance(read, list) else []
    forms: dict[str, FormDefinition] = {}
    for name, json in content["forms"].items():
        read = _read(json, content["records"], content["forms"])
        if isinstance(read, list):
            told[f"form:{name}"] = read
        else:
            forms[name] = read
    remarks = [
        *(one for part in told for one in _remarks(content, part, told)),
        *(one for name, form in forms.items() for one in _names(name, form)),
    ]
    return FormsRead(forms, remarks)


def _remarks(content: Json, part: str, told: dict[str, list[FormFinding]]) -> Iterator[Remark]:
    name = part.partition(":")[2]
    others = [told.get(one, []) for one in _told_elsewhere(content, part, name)]
    for one in _new(told[part], others):
        yield Remark(part, "" if one.field == name else one.field, _sentence(one.message))


def _read(json: Json, records: Json, forms: Json) -> FormDefinition | list[FormFinding]:
    try:
        return read_form(json, records, forms)
    except FormError as error:
        return error.findings
    except (AttributeError, TypeError, ValueError, KeyError, RecursionError):
        return [FormFinding("", _UNREADABLE)]


def _told_elsewhere(content: Json, part: str, name: str) -> list[str]:
    """Return the parts whose mistakes a form repeats because it contains or refers to them."""
    records = [f"record:{kind}" for kind in content["records"]]
    if not part.startswith("form:"):
        return []
    json = content["forms"][name]
    return [*records, *(f"form:{json[one]}" for one in _REFERENCES if json.get(one))]


def _new(findings: list[FormFinding], others: Iterable[list[FormFinding]]) -> list[FormFinding]:
    known = {(one.field, one.message) for told in others for one in told}
    found = {(one.field, one.message): one for one in findings}
    return [one for key, one in found.items() if key not in known]


def _sentence(said: Text) -> Text:
    zh, en = said
    return Text(zh if zh.endswith("。") else f"{zh}。", en if en.endswith(".") else f"{en}.")


def _names(name: str, form: FormDefinition) -> Iterator[Remark]:
    """Say what the form names that is not registered; what it amends is told where it stands."""
    own = [one for one in form.fields.values() if one.name in form.own]
    offered = {one.source for one in own} | {
        s for one in own if one.record for s in one.record.sources
    }
    sources = {one.partition(":")[0] for one in offered} - {"", "records"}
    checks = set(form.checks) - set(form.amends.checks if form.amends else ())
    for register, used, zh, en in (
        (registry.checks, checks, "检查", "check"),
        (registry.choices, sources, "选项来源", "source of options"),
        (registry.exhibits, set(form.exhibits), "展示内容", "exhibit"),
        (registry.startings, {form.starts_from} - {""}, "初始值", "source of starting values"),
    ):
        for unknown in sorted(used - set(register)):
            message = Text(
                f"系统里没有名为“{unknown}”的{zh}，请从列表里另选一个。",
                f"There is no {en} called “{unknown}”. Choose another from the list.",
            )
            yield Remark(f"form:{name}", _holder(form, unknown), message)
    for variable, condition in form.decides.items():
        for unknown in sorted(condition.names() - set(form.fields) - {"outcome"}):
            message = Text(
                f"结果变量“{variable}”用到了“{unknown}”，但表单里没有这个字段。请改用表单里的字段。",
                f"The result “{variable}” uses “{unknown}”, which is no field of the form. "
                "Use one of its fields.",
            )
            yield Remark(f"form:{name}", unknown, message)


def _holder(form: FormDefinition, source: str) -> str:
    """Return the field whose options come from a source, "" when it is the whole form's."""
    found = (one.name for one in form.fields.values() if one.source.partition(":")[0] == source)
    return next(found, "")

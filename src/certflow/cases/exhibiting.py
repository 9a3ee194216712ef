"""What was answered before, as a table beside a form: an exhibit that needs no words of its own."""

from collections.abc import Mapping

from certflow.calendar.queries import day_of
from certflow.cases import queries
from certflow.cases.answering import options_of
from certflow.cases.evidence import files_of
from certflow.cases.reading import MaskingReader, file_infos
from certflow.cases.registry import Exhibit, Step
from certflow.cases.versions import loaded
from certflow.core.text import Text

_COLUMNS = (Text("项目", "Item"), Text("内容", "Content"))
_CHANGES = Text("变更内容", "What is to change")
_CHANGE_COLUMNS = (Text("项目", "Item"), Text("变更前", "Before"), Text("变更后", "After"))
_BLANK = Text("未填", "Blank")
_AT = Text("{day} 提交。", "Submitted on {day}.")
_WITH_PAPERS = Text(
    "{day} 提交，文件在事项页面的“材料”里。",
    "Submitted on {day}; the files are on the case page under “Documents”.",
)


def answer_table(step: Step, form_key: str) -> Exhibit | None:
    """Return the latest answer to a form, field by field; None when there is none."""
    form = loaded(step.session, step.case.version_id).forms[form_key]
    answer = queries.latest_answer(step.session, step.case.id, form_key)
    if answer is None:
        return None
    files = file_infos(files_of(step.session, step.case.id))
    choices = options_of(step, form)
    zh, en = (MaskingReader(locale, choices, files) for locale in ("zh", "en"))
    rows, papers = [], False
    for name, field in form.answered.items():
        said = answer.data.get(name)
        if said in (None, "", []) or field.widget == "checkbox":
            continue
        papers = papers or field.widget == "file"
        rows.append((field.label, Text(zh.value(field, said), en.value(field, said))))
    note = _WITH_PAPERS if papers else _AT
    return Exhibit(form.title, _COLUMNS, tuple(rows), note.filled(day=day_of(answer.at)))


def compared(step: Step, form_key: str, before: Mapping[str, str]) -> Exhibit | None:
    """Return what the latest answer to a form changes; None when there is none, or no change."""
    form = loaded(step.session, step.case.version_id).forms[form_key]
    answer = queries.latest_answer(step.session, step.case.id, form_key)
    after = answer.data if answer else {}
    zh, en = (MaskingReader(locale, {}) for locale in ("zh", "en"))
    rows = tuple(
        (
            form.answered[name].label,
            *(
                Text(zh.value(form.answered[name], one), en.value(form.answered[name], one))
                if one
                else _BLANK
                for one in (old, after.get(name, ""))
            ),
        )
        for name, old in before.items()
        if answer and after.get(name, "") != old
    )
    return Exhibit(_CHANGES, _CHANGE_COLUMNS, rows) if rows else None

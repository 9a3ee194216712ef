"""The forms and record kinds of a draft: new, copied, renamed, removed (catalogue H2)."""

import copy as copying
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict, Invalid, NotFound
from certflow.core.expressions import allowed_name
from certflow.core.given import LOOK_OVER
from certflow.core.text import Text
from certflow.forms.reading import items, mapping
from certflow.studio import drafts
from certflow.studio.field_uses import with_field_renamed
from certflow.studio.form_uses import Use, renamed, uses_of
from certflow.studio.models import Draft

Json = dict[str, Any]
GROUPS: Final = {"form": "forms", "record": "records"}
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,49}")
MOST_TITLE: Final = 60
_COPY = Text("（副本）", " (copy)")
NO_TITLE = Text("请填写，不超过 60 字。", "Fill this in, 60 characters at most.")
BAD_NAME = Text(
    "代号用小写英文字母、数字和下划线，以字母开头。",
    "Use lower case letters, digits and underscores, a letter first.",
)
NOT_RENAMED = Text(
    "其他地方没有跟着改名，请在检查结果里看还有哪里用着旧代号。",
    "Other places were not renamed. See in the check results where the old key is still used.",
)
TAKEN = Text("已经有叫这个代号的，请换一个。", "This name is taken: choose another.")


@dataclass(frozen=True)
class Listed:
    """One form or record kind of a draft. `relation`: the form that it reviews or amends."""

    group: str
    name: str
    title: Text
    pages: int
    fields: int
    relation: str
    other: Text | None
    uses: tuple[Use, ...]


def listed(content: Mapping[str, Any]) -> list[Listed]:
    """Return the forms and then the record kinds of a bundle's content, by title's name."""
    return [
        _listed(content, group, name, mapping(one))
        for group, key in GROUPS.items()
        for name, one in sorted(content[key].items())
    ]


def _listed(content: Mapping[str, Any], group: str, name: str, form: Mapping[str, Any]) -> Listed:
    pages = items(form.get("pages"))
    fields = [*items(form.get("fields")), *(f for page in pages for f in items(page.get("fields")))]
    relation = next((one for one in ("reviews", "amends") if form.get(one)), "")
    other = str(form.get(relation, "")) if relation else ""
    title = mapping(content["forms"].get(other)).get("title") or other
    return Listed(
        group,
        name,
        Text.read(form.get("title") or name),
        len(pages),
        len(fields),
        relation,
        Text.read(title) if relation else None,
        tuple(uses_of(content, group, name)),
    )


def add(
    session: Session, actor: Actor, draft: Draft, group: str, title: Text, name: str = ""
) -> str:
    """Add a form or record kind with one field; return its name.

    Raises:
        Invalid: a title is missing, or the name is wrong or taken; `fields` says which.

    """
    title = Text(title.zh.strip(), title.en.strip())
    content = drafts.content_of(session, draft)
    wrong = {
        f"title_{lang}": NO_TITLE
        for lang, words in title.as_json().items()
        if not 0 < len(words) <= MOST_TITLE
    }
    name = name.strip() or _free(content, group, _slug(title.en) or group)
    wrong |= _name_wrong(content, group, name)
    if wrong:
        raise Invalid(LOOK_OVER, wrong)
    made = _new_form(name, title) if group == "form" else _new_record(name, title)
    _save(session, actor, draft, f"{group}:{name}", made)
    _record(session, actor, draft, "draft.form_added", after={"part": f"{group}:{name}"})
    return name


def copy(session: Session, actor: Actor, draft: Draft, group: str, name: str) -> str:
    """Copy a form or record kind; return the copy's name."""
    content = drafts.content_of(session, draft)
    made = copying.deepcopy(_found(content, group, name))
    fresh = _free(content, group, name)
    title = Text.read(made.get("title") or name)
    made |= {
        "key": fresh,
        "title": Text(title.zh + _COPY.zh, title.en + _COPY.en).as_json(),
    }
    _save(session, actor, draft, f"{group}:{fresh}", made)
    parts = {"before": {"part": f"{group}:{name}"}, "after": {"part": f"{group}:{fresh}"}}
    _record(session, actor, draft, "draft.form_copied", **parts)
    return fresh


def rename(
    session: Session, actor: Actor, draft: Draft, group: str, name: str, fresh: str
) -> list[str]:
    """Give a form or record kind another name, everywhere it is used; return the parts changed.

    Raises:
        Invalid: the new name is wrong or taken.

    """
    content = drafts.content_of(session, draft)
    _found(content, group, name)
    fresh = fresh.strip()
    wrong = _name_wrong(content, group, fresh)
    if wrong:
        raise Invalid(wrong["name"], wrong)
    after = renamed(content, group, name, fresh)
    before = drafts.parts_of(content)
    changed = [p for p, one in drafts.parts_of(after).items() if before.get(p) != one]
    for part in changed:
        _save(session, actor, draft, part, drafts.parts_of(after)[part])
    _save(session, actor, draft, f"{group}:{name}", None)
    parts = {"before": {"part": f"{group}:{name}"}, "after": {"part": f"{group}:{fresh}"}}
    _record(session, actor, draft, "draft.form_renamed", **parts)
    return [one for one in changed if one != f"{group}:{fresh}"]


def rename_field(
    session: Session, actor: Actor, draft: Draft, owner: tuple[str, str], before: str, after: str
) -> list[str]:
    """Let the other parts know a question by its new key; return the parts changed.

    `owner` is the form or record kind ("form", "apply"), in which it has the new key already.

    Raises:
        Conflict: it does not: the form was not saved, or somebody else changed it back.

    """
    group, name = owner
    content = drafts.content_of(session, draft)
    names = _names(_found(content, group, name))
    if after not in names or before in names:
        raise Conflict(NOT_RENAMED)
    fresh = drafts.parts_of(with_field_renamed(content, group, name, before, after))
    known = drafts.parts_of(content)
    changed = [part for part, one in fresh.items() if known.get(part) != one]
    for part in changed:
        _save(session, actor, draft, part, fresh[part])
    if changed:
        told = {"part": f"{group}:{name}", "field": before}
        _record(session, actor, draft, "draft.field_renamed", before=told,
                after={"field": after, "parts": changed})  # fmt: skip
    return changed


def _names(form: Json) -> set[str]:
    pages = [form, *items(form.get("pages"))]
    return {str(one.get("name")) for page in pages for one in items(page.get("fields"))}


def remove(session: Session, actor: Actor, draft: Draft, group: str, name: str) -> None:
    """Remove a form or record kind that nothing uses.

    Raises:
        Conflict: it is still used; the sentence says where.

    """
    content = drafts.content_of(session, draft)
    _found(content, group, name)
    uses = list(uses_of(content, group, name))
    if uses:
        raise Conflict(
            Text(
                f"还在使用，不能移除：{'；'.join(one.said.zh for one in uses)}。请先在那里改用别的。",
                f"Still in use, so it cannot be removed: {'; '.join(one.said.en for one in uses)}. "
                "Use another there first.",
            )
        )
    _save(session, actor, draft, f"{group}:{name}", None)
    _record(session, actor, draft, "draft.form_removed", before={"part": f"{group}:{name}"})


def _found(content: Mapping[str, Any], group: str, name: str) -> Json:
    """Return a form or record kind; NotFound when it is not there."""
    found = content[GROUPS[group]].get(name)
    if not isinstance(found, dict):
        raise NotFound
    return found


def _name_wrong(content: Mapping[str, Any], group: str, name: str) -> dict[str, Text]:
    if not NAME.fullmatch(name) or not allowed_name(name):
        return {"name": BAD_NAME}
    return {"name": TAKEN} if name in content[GROUPS[group]] else {}


def _slug(words: str) -> str:
    found = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40].strip("_")
    return found if NAME.fullmatch(found) and allowed_name(found) else ""


def _free(content: Mapping[str, Any], group: str, wanted: str) -> str:
    taken = content[GROUPS[group]]
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}_{number}" in taken:
        number += 1
    return f"{wanted}_{number}"


def _save(session: Session, actor: Actor, draft: Draft, part: str, content: Any) -> None:
    drafts.save(session, actor, draft, part, content, drafts.revision_of(session, draft, part))


def _record(session: Session, actor: Actor, draft: Draft, event: str, **told: Any) -> None:
    audit.record(session, event, actor, subject=f"process/{draft.key}", **told)


_QUESTION: Final = {
    "name": "question_1",
    "label": {"zh": "第一个问题", "en": "First question"},
    "widget": "text",
}
_SCHEMA: Final = {
    "type": "object",
    "properties": {"question_1": {"type": "string", "maxLength": 200}},
    "required": ["question_1"],
}


def _new_form(name: str, title: Text) -> Json:
    submit = {"key": "submit", "label": {"zh": "提交", "en": "Submit"}, "kind": "primary"}
    page = {"key": "page_1", "title": title.as_json(), "fields": [_QUESTION]}
    made = {"key": name, "title": title.as_json(), "schema": _SCHEMA, "pages": [page]}
    fresh: Json = json.loads(json.dumps({**made, "outcomes": [{**submit, "requires": []}]}))
    return fresh


def _new_record(name: str, title: Text) -> Json:
    made = {"key": name, "title": title.as_json(), "heading": "question_1", "summary": []}
    fresh: Json = json.loads(json.dumps({**made, "schema": _SCHEMA, "fields": [_QUESTION]}))
    return fresh

"""A wholly new service: the smallest one that is sound, to draw on from (catalogue H7).

Two lanes; the applicant files, the association reviews, and it ends accepted or refused.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from sqlalchemy import select

from certflow.cases import versions
from certflow.cases.models import ProcessVersion
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.given import refuse, wrong_in
from certflow.core.text import Text
from certflow.studio import drafts
from certflow.studio.fresh_diagram import drawn
from certflow.studio.models import Draft

KEY = re.compile(r"[a-z][a-z0-9_]{1,58}[a-z0-9]")
RESERVED = frozenset({"cases", "help", "import", "new"})
"""Words that the studio's own addresses use."""
MOST_TITLE = 60
BAD_KEY = Text(
    "代号用小写字母、数字和下划线，3 至 60 个字符，以字母开头。",
    "Use lower case letters, digits and underscores: 3 to 60 of them, a letter first.",
)
TAKEN = Text("这个代号已经有流程在用，请换一个。", "Another process has this key: choose another.")
NO_TITLE = Text("请填写中文和英文名称，各不超过 60 字。", "Give both names, 60 characters at most.")


def begin_new(session: Session, actor: Actor, key: str, title: Text) -> Draft:
    """Begin the draft of a wholly new service.

    Raises:
        Invalid: the key is no word or taken, or a title is missing; `fields` says which.

    """
    known = TAKEN if _taken(session, key) else None
    titles = {
        f"title_{name}": wrong_in(words, MOST_TITLE, NO_TITLE)
        for name, words in title.as_json().items()
    }
    fits = KEY.fullmatch(key) and key not in RESERVED
    refuse({**titles, "key": known if fits else BAD_KEY})
    named = Text(title.zh.strip(), title.en.strip())
    return drafts.begin(session, actor, key, content(key, named, record_kinds(session)), None)


def content(key: str, title: Text, records: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of the bundle that a new service begins with."""
    return {
        "bpmn": drawn(key, quoteattr(title.zh)),
        "tables": {},
        "forms": {"file": _FILE, "review": _REVIEW},
        "records": dict(records),
        "service": _service(key, title),
    }


def _taken(session: Session, key: str) -> bool:
    query = select(ProcessVersion.id).where(ProcessVersion.key == key).limit(1)
    return session.scalar(query) is not None or drafts.open_draft(session, key) is not None


def record_kinds(session: Session) -> dict[str, Any]:
    """Return the record kinds of the profile library, as the newest version in force has them."""
    newest = max(versions.all_in_force(session), key=lambda one: one.id, default=None)
    return dict(newest.bundle["records"]) if newest else {}


def _text(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _service(key: str, title: Text) -> dict[str, Any]:
    return {
        "key": key,
        "title": title.as_json(),
        "category": _text("其他服务", "Other services"),
        "summary": _text(
            f"在线提交{title.zh}，由协会办理，进度随时可查。",
            f"File it online: {title.en}. The association handles it; follow it at any time.",
        ),
        "icon": "file-text",
        "rank": 50,
        "start_roles": ["applicant"],
        "keywords": {"zh": [title.zh], "en": [title.en]},
        "submit": "file",
        "withdraw_until": ["file", "review"],
        "deadlines": {},
        **_SHOWN,
        "names": {f"{key}_pool": title.en, **_NAMES},
        "notices": {
            "accepted": _notice("accepted", title, "已通过", "accepted"),
            "refused": _notice("refused", title, "未通过", "refused"),
        },
    }


def _notice(on: str, title: Text, zh: str, en: str) -> dict[str, Any]:
    return {
        "on": on,
        "event": "entered",
        "to": ["applicant"],
        "title": _text(f"{title.zh}：{zh}", f"{title.en}: {en}"),
        "text": _text(
            f"业务号 {{number}}：您的申请{zh}。", f"Case {{number}}: your application was {en}."
        ),
    }


_NAMES = {
    "begun": "Begun",
    "decision": "Accepted?",
    "decision_to_accepted": "Accepted",
    "decision_to_refused": "Refused",
}
_SHOWN: dict[str, Any] = {
    "steps": [
        {"key": "fill", "title": _text("填写申请", "Fill in"), "elements": ["file"]},
        {"key": "confirm", "title": _text("确认", "Confirm"), "elements": []},
        {"key": "review", "title": _text("协会审核", "Review"), "elements": ["review"]},
    ],
    "stages": {
        "file": {
            "name": _text("填写申请", "Fill in the application"),
            "hint": _text(
                "请填写申请后提交，草稿自动保存。",
                "Fill in the application and submit it. Your draft is saved by itself.",
            ),
        },
        "review": {
            "name": _text("协会审核", "Review"),
            "hint": _text(
                "协会正在审核，您现在不用做什么。",
                "The association is looking at it; nothing for you to do now.",
            ),
        },
    },
    "outcomes": {
        "accepted": {"name": _text("通过", "Accepted"), "kind": "good"},
        "refused": {"name": _text("不通过", "Refused"), "kind": "bad"},
    },
    "lanes": {
        "applicant": _text("申请人", "Applicant"),
        "reviewer": _text("协会", "Association"),
    },
}
_FILE: dict[str, Any] = {
    "key": "file",
    "title": _text("填写申请", "Fill in the application"),
    "intro": _text("请如实填写。", "Please answer truthfully."),
    "schema": {
        "type": "object",
        "properties": {"matter": {"type": "string", "minLength": 2, "maxLength": 4000}},
        "required": ["matter"],
    },
    "pages": [
        {
            "key": "file",
            "title": _text("申请内容", "Your application"),
            "fields": [
                {
                    "name": "matter",
                    "label": _text("申请事项", "What you apply for"),
                    "widget": "textarea",
                    "rows": 6,
                }
            ],
        }
    ],
    "outcomes": [
        {
            "key": "submit",
            "label": _text("提交申请", "Submit"),
            "kind": "primary",
            "requires": [],
            "note": _text(
                "提交后由协会审核，审核前可以撤回。",
                "The association reviews it; you may withdraw it until then.",
            ),
        }
    ],
}
_REVIEW: dict[str, Any] = {
    "key": "review",
    "title": _text("审核申请", "Review the application"),
    "intro": _text("请核对申请内容后作出决定。", "Look at the application, then decide."),
    "reviews": "file",
    "schema": {
        "type": "object",
        "properties": {"opinion": {"type": "string", "maxLength": 2000}},
        "required": [],
    },
    "pages": [
        {
            "key": "review",
            "title": _text("审核", "Review"),
            "fields": [
                {
                    "name": "opinion",
                    "label": _text("意见", "Opinion"),
                    "widget": "textarea",
                    "help": _text(
                        "申请人会看到；不通过时必填。",
                        "The applicant reads it; needed when you refuse.",
                    ),
                    "rows": 4,
                }
            ],
        }
    ],
    "outcomes": [
        {"key": "accept", "label": _text("通过", "Accept"), "kind": "primary", "requires": []},
        {
            "key": "refuse",
            "label": _text("不通过", "Refuse"),
            "kind": "danger",
            "requires": ["opinion"],
        },
    ],
    "decides": {"review_outcome": "outcome"},
}

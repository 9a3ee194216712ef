"""The timeline of a case: every audited event in words, with remarks and changes (B5, B9)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from certflow.cases.dossier import Dossier
from certflow.cases.models import Answer
from certflow.cases.paying import PAID
from certflow.cases.reading import masked
from certflow.cases.remarks import changes_in, remarks_in, result_of, words_in
from certflow.cases.versions import ENDS
from certflow.cases.words import ACTIONS, CLOCK_ACTIONS, WORKERS_ONLY, clock_name, span
from certflow.core.audit import AuditEvent
from certflow.core.text import NOTHING, Text, money_text
from certflow.forms.amend import Change
from certflow.forms.parts import FormDefinition
from certflow.payments.models import Order

_JOIN = Text("{name}：{outcome}", "{name}: {outcome}")
_EXPERT_DONE = Text("{name}：一位专家已完成", "{name}: an expert has finished")
_EXPERT_DECLINED = Text("{name}：一位专家回避", "{name}: an expert stood back")
_WITH_FAILS = Text("{name}：{outcome}（{n} 项）", "{name}: {outcome} ({n})")
_CHECKED = {
    "eligible": Text("条件自检：全部满足", "Conditions checked: all met"),
    "not_eligible": Text("条件自检：有条件未满足", "Conditions checked: not all met"),
}
_NUMBER = Text("业务号 {number}", "Case number {number}")
_TO = Text("转给 {name}", "to {name}")
_MESSAGE = Text("留言", "Comment")
_INTERNAL = Text("内部备注", "Internal note")
_PAID = Text("缴费成功", "Payment received")
_LATER = 10**9  # a comment at the very instant of an event stands above it
_SEE_ORDER = Text("查看缴费记录", "See the payment")
_SEE_CALLED = Text("去看这件业务", "See that case")
_CALLED = Text("发起“{title.zh}”", "“{title.en}” opened")
_CALLED_ENDED = Text("“{title.zh}”办结", "“{title.en}” ended")
_METHODS = {
    "online": Text("在线支付", "online"),
    "offline": Text("凭证缴费", "by voucher"),
}


@dataclass(frozen=True)
class Entry:
    """One line of the timeline; `order` is the number of an order it leads to.

    `kind` is done, mend, passed, paused, now or future; `remarks` are keyword sets of the macro
    parts/remark.html.
    """

    at: datetime | None
    what: Text
    who: Text = NOTHING
    text: Text = NOTHING
    kind: str = "done"
    icon: str = ""
    remarks: tuple[Mapping[str, Any], ...] = ()
    changes: tuple[Change, ...] = ()
    order: str = ""
    link: str = ""
    link_text: Text = NOTHING
    seq: int = 0


def timeline(dossier: Dossier) -> list[Entry]:
    """Return what happened to a case, newest first, as the reader may know it."""
    told: list[Entry] = []
    for event in dossier.events:
        if event.action in CLOCK_ACTIONS:
            _note_clock(dossier, told, event)
            continue
        entry = _told(dossier, event)
        if entry is not None:
            told.append(entry)
    told += list(_comments(dossier))
    return sorted(told, key=lambda one: (one.at, one.seq), reverse=True)


def _told(dossier: Dossier, event: AuditEvent) -> Entry | None:
    """Return an event's entry; None for what is told elsewhere or not to this reader."""
    if event.action in WORKERS_ONLY and _outside(dossier):
        return None
    if event.action in _SPECIAL:
        return _SPECIAL[event.action](dossier, event)
    what, kind, icon = ACTIONS.get(event.action, ACTIONS[""])
    name = dossier.loaded.name_of(event.element) if event.element else NOTHING
    return replace(
        _entry(dossier, event, what.filled(name=""), kind=kind, icon=icon),
        what=what.filled(name=name),
        text=_said(event.reason),
    )


def _outside(dossier: Dossier) -> bool:
    return dossier.reader.role in {"applicant", "expert"}


def _entry(dossier: Dossier, event: AuditEvent, what: Text, **more: Any) -> Entry:
    who = dossier.people.signed(event.actor_id, event.actor_role)
    return Entry(event.at, what, who, seq=event.seq, **more)


def _said(words: str) -> Text:
    return Text.read(masked(words)) if words else NOTHING


def _completed(dossier: Dossier, event: AuditEvent) -> Entry | None:
    answer = _answer(dossier, (event.after or {}).get("task"))
    form = dossier.loaded.forms.get(answer.task_form) if answer else None
    if answer is None or form is None:
        return _entry(dossier, event, dossier.loaded.name_of(event.element))
    if event.element == dossier.loaded.settings.get("submit"):
        return None
    if not dossier.disclosed(answer):
        return _undisclosed(dossier, event, answer)
    remarks = remarks_in(dossier, answer, form)
    chosen = form.outcome(answer.outcome)
    kind = "mend" if remarks or (chosen and chosen.kind != "primary") else "done"
    checked = _checked(dossier, answer)
    what = checked or _outcome(dossier, event.element, answer, form, len(remarks))
    return _entry(
        dossier,
        event,
        what,
        kind="done" if checked else kind,
        icon="list-check" if checked else "",
        text=words_in(answer, form, remarks),
        remarks=tuple(remarks),
        changes=tuple(changes_in(dossier, answer, form)),
    )


def _answer(dossier: Dossier, task_id: object) -> Answer | None:
    return next((one for one in dossier.answers if task_id and one.task_id == task_id), None)


def _undisclosed(dossier: Dossier, event: AuditEvent, answer: Answer) -> Entry:
    name = dossier.loaded.name_of(event.element)
    words = _EXPERT_DECLINED if answer.outcome == "decline" else _EXPERT_DONE
    what = words.filled(name=name)
    return _entry(dossier, event, what, icon="user-check")


def _outcome(
    dossier: Dossier, element: str, answer: Answer, form: FormDefinition, fails: int
) -> Text:
    name, chosen = dossier.loaded.name_of(element), form.outcome(answer.outcome)
    if chosen is None or (len(form.outcomes) == 1 and not fails):
        return name
    words, result = _WITH_FAILS if fails else _JOIN, result_of(answer, form)
    return words.filled(name=name, outcome=result, n=fails)


def _checked(dossier: Dossier, answer: Answer) -> Text | None:
    """Return the words of the self-check that this answer set off, if it did."""
    after = [one for one in dossier.answers if one.id > answer.id]
    found = after[0] if after and after[0].task_id is None else None
    return _CHECKED.get(found.outcome) if found else None


def _submitted(dossier: Dossier, event: AuditEvent) -> Entry:
    number = str((event.after or {}).get("number", ""))
    what, kind, icon = ACTIONS["case.submitted"]
    return _entry(dossier, event, what, kind=kind, icon=icon, text=_NUMBER.filled(number=number))


def _reassigned(dossier: Dossier, event: AuditEvent) -> Entry:
    what, kind, icon = ACTIONS[event.action]
    name = dossier.loaded.name_of(event.element)
    to = dossier.people.name((event.after or {}).get("assignee"))
    title = what.filled(name=name)
    told = _TO.filled(name="")
    text = Text(f"{told.zh}{to.zh}", f"{told.en}{to.en}")
    if event.reason:
        text = Text(f"{text.zh}：{event.reason}", f"{text.en}: {event.reason}")
    return _entry(dossier, event, title, kind=kind, icon=icon, text=text)


def _closed(dossier: Dossier, event: AuditEvent) -> Entry | None:
    if event.element in ENDS:
        return None
    outcome = dossier.loaded.settings.get("outcomes", {}).get(event.element, {})
    good = outcome.get("kind") == "good"
    what = dossier.loaded.name_of(event.element)
    return _entry(
        dossier,
        event,
        what,
        kind="passed" if good else "mend",
        icon="rosette-discount-check" if good else "archive",
    )


def _received(dossier: Dossier, event: AuditEvent) -> Entry:
    order = next((one for one in reversed(dossier.orders) if one.paid_at is not None), None)
    if event.element != PAID or order is None:
        return _entry(dossier, event, dossier.loaded.name_of(event.element), icon="mail")
    entry = _entry(dossier, event, _PAID, icon="receipt", order=order.number)
    return replace(entry, who=_payment(order), link_text=_SEE_ORDER)


def _payment(order: Order) -> Text:
    amount, method = money_text(order.amount_fen), _METHODS.get(order.method or "", NOTHING)
    zh = "，".join(part for part in (amount.zh, method.zh) if part)
    en = ", ".join(part for part in (amount.en, method.en) if part)
    return Text(zh, en)


def _called(dossier: Dossier, event: AuditEvent) -> Entry | None:
    """Tell which service was called, or how the case ended that was waited for."""
    found = next((one for one in dossier.links if one.case.id == (event.after or {})["case"]), None)
    if found is None:
        return None
    title, over = Text.read(found.case.title), event.action == "case.called_closed"
    return _entry(
        dossier,
        event,
        (_CALLED_ENDED if over else _CALLED).filled(title=title),
        text=found.ended if over else NOTHING,
        icon="archive" if over else "file-plus",
        link=f"/cases/{found.case.id}",
        link_text=_SEE_CALLED,
    )


def _untold(_dossier: Dossier, _event: AuditEvent) -> None:
    """Comments are told from their own rows: internal ones are not for everybody."""


_SPECIAL: dict[str, Callable[[Dossier, AuditEvent], Entry | None]] = {
    "task.completed": _completed,
    "case.submitted": _submitted,
    "task.reassigned": _reassigned,
    "case.closed": _closed,
    "message.received": _received,
    "case.called": _called,
    "case.called_closed": _called,
    "case.commented": _untold,
}


def _note_clock(dossier: Dossier, told: list[Entry], event: AuditEvent) -> None:
    """Say at the event that set it off that a clock began, stood still or ran on."""
    if not told:
        return
    words = CLOCK_ACTIONS[event.action]
    if not words.zh:
        return
    after = event.after or {}
    name = clock_name(dossier.loaded, event.element)
    length = span(int(after.get("length") or 0), _unit(dossier, event.element))
    said = words.filled(name=name, length=length)
    last = told[-1]
    told[-1] = replace(last, text=_joined(last.text, said))


def _joined(before: Text, said: Text) -> Text:
    """Add a sentence to what was said before."""
    if not before.zh:
        return said
    zh = "" if before.zh[-1] in "。；？！" else "；"
    en = " " if before.en[-1] in ".;?!。" else "; "
    return Text(f"{before.zh}{zh}{said.zh}", f"{before.en}{en}{said.en}")


def _unit(dossier: Dossier, key: str) -> str:
    clock = dossier.clocks.get(key)
    return clock.unit if clock else "calendar_days"


def _comments(dossier: Dossier) -> Iterator[Entry]:
    for one in dossier.comments:
        who = dossier.people.signed(one.author_id, one.author_role)
        what = _INTERNAL if one.internal else _MESSAGE
        yield Entry(one.at, what, who, _said(one.body), icon="message-2", seq=_LATER)


@dataclass(frozen=True)
class Handler:
    """Somebody who worked on the case: name, in what, and whether the name is kept back."""

    name: Text
    what: Text
    hidden: bool = False


def handlers(dossier: Dossier) -> list[Handler]:
    """Return who worked on the case beside the applicant, in the order of their first work."""
    found: dict[int, Handler] = {}
    for task in dossier.tasks:
        who = task.closed_by if task.state == "done" else None
        if who is None or task.role == "applicant" or who in found:
            continue
        name = dossier.loaded.name_of(task.element)
        hidden = dossier.people.hidden(who, task.role)
        found[who] = Handler(dossier.people.name(who, task.role), name, hidden)
    return list(found.values())

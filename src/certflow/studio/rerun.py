"""One finished case run again over other content, with what people decided then (catalogue H5).

Nothing is written and nobody is asked: answers, outcomes, payments and the moments of timers are
those on record; conditions, decision tables and scripts are the new content's. What an operation
looked up outside the case is taken from the record as well.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from certflow.cases.conditions import judged
from certflow.cases.registry import results_of
from certflow.cases.versions import Loaded
from certflow.core.clock import now
from certflow.core.expressions import ExpressionError
from certflow.core.text import Text
from certflow.engine.errors import BudgetExceeded, NotWaiting, StepFailed
from certflow.engine.runner import OpenTask, Run
from certflow.forms.answers import validate
from certflow.forms.decides import NotScalarError, decisions
from certflow.forms.parts import FormDefinition

Answers = Mapping[str, Any]
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Act:
    """What happened to the case: a task done, a called case over, a message, a timer, a withdrawal.

    `item` is whoever did it, to tell the instances of a repeated task apart.
    """

    kind: str
    element: str
    at: datetime
    form: str = ""
    outcome: str = ""
    data: Answers = field(default_factory=dict)
    item: int | None = None


@dataclass(frozen=True)
class Record:
    """A finished case as it is on record.

    `checks` are the self-checks in turn (rows, and the figures they rest on), `data` the
    variables at its end.
    """

    case_id: int
    number: str
    outcome: str
    acts: Sequence[Act]
    data: Answers
    checks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Difference:
    """Where a case would have gone another way, and why."""

    element: str
    why: Text


class _Host:
    """Answers the engine from the record."""

    def __init__(self, record: Record) -> None:
        self.at = record.acts[0].at if record.acts else now()
        self._record = record
        self._checks = deque(record.checks)
        self._check: Mapping[str, Any] = {"rows": ()}

    def now(self) -> datetime:
        return self.at

    def call(self, _service: str, _given: Mapping[str, object]) -> int:
        """Open nothing: how the called case ended is on record."""
        return 0

    def perform(
        self, operation: str, parameters: Mapping[str, object], data: Mapping[str, object]
    ) -> Mapping[str, object] | None:
        """Return what an operation gave then; the self-check is made anew over the same figures."""
        if operation == "judge_conditions":
            return self._judge(parameters)
        names = [one.name.format_map(_Named(parameters)) for one in results_of(operation)]
        if "facts" in names:
            self._check = self._checks.popleft() if self._checks else self._check
        known = {"facts": self._facts(), "evidence": self._evidence()}
        return {name: known.get(name, self._record.data.get(name)) for name in names}

    def _judge(self, parameters: Mapping[str, Any]) -> Mapping[str, object]:
        facts = self._facts()
        for row in parameters["conditions"]:
            if str(row["figure"]) not in facts:
                raise _Differs(
                    "",
                    f"新规则要用的数据“{row['figure']}”当时没有记录，不能回放。",
                    f'The rules now need "{row["figure"]}", which was not on record then.',
                )
        rows = judged(parameters["conditions"], facts, self._evidence())
        eligible = bool(rows) and all(row["met"] for row in rows)
        return {"eligible": eligible, "conditions": None, "facts": None, "evidence": None}

    def _facts(self) -> dict[str, Any]:
        rows = {str(row["figure"]): row.get("have") for row in self._check["rows"]}
        return {**rows, **self._check.get("facts", {})}

    def _evidence(self) -> dict[str, Any]:
        return {str(row["figure"]): row.get("evidence") or {} for row in self._check["rows"]}


class _Named(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def rerun(record: Record, then: Loaded, draft: Loaded) -> Difference | None:
    """Run a case again over `draft`; None when it would have gone the same way.

    Args:
        record: the case.
        then: the version it ran on; answers are only checked again where the form has changed.
        draft: the content to try.

    """
    run = _Rerun(record, then, draft)
    try:
        run.start()
        for act in record.acts:
            run.step(act)
        return run.end()
    except _Differs as found:
        return found.difference
    except StepFailed as error:
        cause = error.__cause__
        return Difference(
            error.element, cause.difference.why if isinstance(cause, _Differs) else error.reason
        )
    except BudgetExceeded as error:
        return Difference("", error.reason)


class _Differs(Exception):
    def __init__(self, element: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.difference = Difference(element, Text(zh, en))


class _Rerun:
    def __init__(self, record: Record, then: Loaded, draft: Loaded) -> None:
        self.record, self.then, self.now = record, then, draft
        self.host = _Host(record)
        self.latest: dict[str, Answers] = defaultdict(dict)
        self.withdrawn = False

    def start(self) -> None:
        data = {"applicant": self.record.data.get("applicant")}
        self.run = Run.start(self.now.definition, data, self.host)

    def step(self, act: Act) -> None:
        """Do again what was done then, if the new content waits for it."""
        self.host.at = act.at
        if act.kind == WITHDRAWN:
            self.withdrawn = True
        elif act.kind == "task":
            self._task(act)
        elif act.kind == "message":
            try:
                self.run.send(act.element, {})
            except NotWaiting:
                raise self._elsewhere(act) from None
        elif act.kind == "called":
            waits = [one.id for one in self.run.calls if one.element == act.element]
            if not waits:
                raise self._elsewhere(act)
            self.run.give_back(waits[0], act.data)
        else:
            found = [one.id for one in self.run.timers if one.element == act.element]
            if not found:
                raise self._elsewhere(act)
            self.run.fire(found[0])

    def _task(self, act: Act) -> None:
        task = self._open(act)
        form = self.now.forms[task.form]
        if form.outcomes and act.outcome not in {one.key for one in form.outcomes}:
            raise _Differs(
                act.element,
                f"表单没有当时选的结果“{act.outcome}”。",
                f'The form has no outcome "{act.outcome}", which was chosen.',
            )
        reviewed = self.latest[form.reviews.key] if form.reviews else None
        self._checked(act, form, reviewed)
        try:
            variables = decisions(form, act.data, act.outcome, reviewed=reviewed)
        except (ExpressionError, NotScalarError, KeyError) as error:
            raise _Differs(
                act.element,
                f"表单算不出流程要用的变量（{type(error).__name__}）。",
                f"The form cannot compute its variables ({type(error).__name__}).",
            ) from error
        self.latest[form.amends.key if form.amends else form.key] = act.data
        self.run.complete(task.id, variables)

    def _checked(self, act: Act, form: FormDefinition, reviewed: Answers | None) -> None:
        """See whether a changed form would have taken the answers."""
        if self.now.bundle.forms[form.key] == self.then.bundle.forms.get(act.form):
            return
        errors = validate(form, act.data, act.outcome or None, reviewed=reviewed).errors
        if errors:
            where, said = next(iter(errors.items()))
            place = ".".join(part for part in where.split("/") if part)
            raise _Differs(
                act.element,
                f"当时的填写通不过现在的表单（{place}：{said.zh}）",
                f"The form would not take what was filled in ({place}: {said.en})",
            )

    def _open(self, act: Act) -> OpenTask:
        found = [one for one in self.run.open_tasks if one.element == act.element]
        if not found:
            raise self._elsewhere(act)
        own = [one for one in found if str(one.item) == str(act.item)]
        return (own or found)[0]

    def _elsewhere(self, act: Act) -> _Differs:
        """Say where the case would be instead of at what happened then."""
        name = self.then.name_of(act.element)
        if self.run.finished:
            end = self.now.name_of(self.run.end or "")
            return _Differs(
                self.run.end or act.element,
                f"当时到了“{name.zh}”，草稿里已经以“{end.zh}”结束。",
                f'It went to "{name.en}"; with the draft it has ended as "{end.en}".',
            )
        waits = self.run.waits_at
        places = [self.now.name_of(one) for one in waits]
        if name in places:  # another step of the same name
            name = _with_id(name, act.element)
            places = [_with_id(*one) for one in zip(places, waits, strict=True)]
        zh, en = "、".join(one.zh for one in places), ", ".join(one.en for one in places)
        return _Differs(
            waits[0] if waits else act.element,
            f"当时到了“{name.zh}”，草稿里停在“{zh}”。",
            f'It went to "{name.en}"; with the draft it waits at "{en}".',
        )

    def end(self) -> Difference | None:
        """Compare how it ended."""
        if self.withdrawn:
            return None
        then = self.then.name_of(self.record.outcome)
        if not self.run.finished:
            waits = self.run.waits_at
            name = self.now.name_of(waits[0]) if waits else Text("", "")
            return Difference(
                waits[0] if waits else "",
                Text(
                    f"当时以“{then.zh}”办结，草稿里还要等“{name.zh}”。",
                    f'It had ended as "{then.en}"; with the draft it still waits at "{name.en}".',
                ),
            )
        if self.run.end != self.record.outcome:
            now = self.now.name_of(self.run.end or "")
            return Difference(
                self.run.end or "",
                Text(
                    f"当时以“{then.zh}”办结，草稿里是“{now.zh}”。",
                    f'It had ended as "{then.en}"; with the draft as "{now.en}".',
                ),
            )
        return None


def _with_id(name: Text, element: str) -> Text:
    return Text(f"{name.zh}（{element}）", f"{name.en} ({element})")

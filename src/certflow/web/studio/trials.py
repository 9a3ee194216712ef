"""Trying a process out: begin a trial, look at it, move it on, step back, keep it (catalogue H5)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import AppError, Invalid, NotFound
from certflow.core.given import NOT_OFFERED, refuse, wrong_in
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.studio import called, cast, contents, looking, telling, timing, trials
from certflow.studio.sandbox import Sandbox
from certflow.web.edge import locale
from certflow.web.studio import trial_forms
from certflow.web.studio.area import EDIT, LOOK, blueprint, frame

MOST_TITLE = 80
DRAFT, IN_FORCE = "draft", "version"
_MOVES = frozenset({"pay", "wait", "withdraw", "retry", "called"})


@blueprint.get("/<key>/trials", endpoint="trials")
@allow(LOOK)
def index(key: str) -> str:
    """Ask who starts, and list the trials under way."""
    return _index(key)


@blueprint.post("/<key>/trials")
@allow(LOOK)
def begin_trial(key: str) -> Any:
    """Begin a trial of the draft or of the version in force."""
    session, actor = db.session(), current_actor()
    source, who = request.form.get("source", DRAFT), request.form.get("as", cast.NEWCOMER)
    try:
        refuse(_faults(key, source, who))
        content = contents.content(session, key, draft=source == DRAFT)
        move = {"do": "start", "as": who}
        trial = trials.begin(session, actor, key, content, [move])
    except contents.NOT_SOUND:
        return _index(key, not_sound=True), AppError.status
    except Invalid as error:
        return _index(key, errors=error.fields or {"": error.message}), error.status
    except AppError as error:
        if isinstance(error, NotFound):
            raise
        return _index(key, error=error.message), error.status
    return redirect(url_for("studio.trial", trial_id=trial.id), 303)


def _faults(key: str, source: str, who: str) -> dict[str, Text | None]:
    offered = contents.offered(db.session(), key)
    there = {DRAFT: offered.draft, IN_FORCE: offered.number}.get(source)
    starters = cast.starters(offered.start_roles)
    return {
        "source": None if there else NOT_OFFERED,
        "as": None if who in starters else NOT_OFFERED,
    }


def _index(
    key: str,
    *,
    error: Text | None = None,
    errors: Mapping[str, Text] | None = None,
    not_sound: bool = False,
) -> str:
    session, actor = db.session(), current_actor()
    offered = contents.offered(session, key)
    return render_template(
        "studio/trials.html",
        offered=offered,
        starters=[(word, cast.called(word)[1]) for word in cast.starters(offered.start_roles)],
        running=[(one, _words_of(one)) for one in trials.trials_of(session, actor, key)],
        error=error,
        errors=errors or {},
        typed=request.form,
        not_sound=not_sound,
        **frame(key, "studio.trials"),
    )


def _words_of(trial: Any) -> Text:
    """Say who started a trial."""
    first = trial.script[0]["move"] if trial.script else {}
    return cast.called(str(first.get("as", cast.NEWCOMER)))[1]


@blueprint.get("/trials/<int:trial_id>")
@allow(LOOK)
def trial(trial_id: int) -> str:
    """Show a trial: the token, what waits, what would have been sent, the clock."""
    found = trials.trial_of(db.session(), current_actor(), trial_id)
    with trials.opened(found) as box:
        chosen = request.args.get("task", type=int)
        form = trial_forms.panel(box, chosen, page=request.args.get("page"))
        context = shown(found, box)
    return render_template("studio/trial.html", form=form, **context)


def shown(found: Any, box: Sandbox) -> dict[str, Any]:
    """Return what a trial's page needs beside the form."""
    frame_ = frame(found.key, "studio.trials")
    latest = contents.offered(db.session(), found.key)
    return {
        **frame_,
        "trial": found,
        "scenery": looking.look(box, found.script, locale()),
        "coming": _coming(box),
        "steps": _steps(found, box),
        "stale": contents.differs(db.session(), found.key, found.bundle),
        "has_draft": latest.draft,
    }


def _coming(box: Sandbox) -> dict[str, Any]:
    found = timing.coming(box)
    return {
        "timer": box.loaded.name_of(found.timer) if found.timer else None,
        "timer_at": found.timer_at,
        "deadline_at": found.deadline_at,
    }


def _steps(found: Any, box: Sandbox) -> list[dict[str, Any]]:
    """Return what was done so far, in words."""
    return [
        {
            "number": number,
            "words": telling.told(box.loaded, one["move"]),
            "then": telling.waiting_at(box.loaded, one["then"], failed=bool(one["failure"])),
            "failed": bool(one["failure"]),
        }
        for number, one in enumerate(found.script, start=1)
    ]


@blueprint.get("/trials/<int:trial_id>/diagram.bpmn")
@allow(LOOK)
def trial_diagram(trial_id: int) -> Response:
    """Send the diagram that is tried out."""
    found = trials.trial_of(db.session(), current_actor(), trial_id)
    return Response(found.bundle["bpmn"], content_type="application/xml; charset=utf-8")


@blueprint.post("/trials/<int:trial_id>/task")
@allow(LOOK)
def trial_task(trial_id: int) -> Any:
    """Fill in a task's form, go through its pages, press one of its buttons."""
    session = db.session()
    found = trials.trial_of(session, current_actor(), trial_id, lock=True)
    with trials.opened(found) as box:
        answer = trial_forms.post(session, found, box)
        if answer.form is None:
            return redirect(_address(trial_id, answer.task, answer.page, answer.anchor), 303)
        context = shown(found, box)
    keep_changes()  # what was typed is in the trial, right or wrong
    return render_template("studio/trial.html", form=answer.form, **context), answer.status


@blueprint.post("/trials/<int:trial_id>/move")
@allow(LOOK)
def trial_move(trial_id: int) -> Response:
    """Move the clock, let the fee arrive, withdraw, retry what failed."""
    session = db.session()
    found = trials.trial_of(session, current_actor(), trial_id, lock=True)
    move: dict[str, Any] = {"do": request.form.get("do", "")}
    if move["do"] not in _MOVES:
        raise NotFound
    if move["do"] == "wait":
        days = request.form.get("days", "")
        until = request.form.get("until", "")
        move |= {"until": until} if until else {"days": int(days) if days.isdecimal() else 0}
    with trials.opened(found) as box:
        if move["do"] == "called":
            move |= _end_of(box)
        try:
            trials.act(session, found, box, move)
        except AppError as error:
            flash(error.message.of(locale()), "error")
    return redirect(_address(trial_id), 303)


def _end_of(box: Sandbox) -> dict[str, Any]:
    """Return how a called service shall end, with its words: the trial's own process lacks them."""
    element, outcome = request.form.get("element", ""), request.form.get("outcome", "")
    ends = next((one.ends for one in called.waiting(box) if one.element == element), {})
    said = ends[outcome].as_json() if outcome in ends else {}
    return {"element": element, "outcome": outcome, "said": said}


@blueprint.post("/trials/<int:trial_id>/back")
@allow(LOOK)
def trial_back(trial_id: int) -> Response:
    """Go back to after an earlier step."""
    session = db.session()
    found = trials.trial_of(session, current_actor(), trial_id, lock=True)
    to = request.form.get("to", type=int)
    trials.back(session, found, len(found.script) - 1 if to is None else to)
    return redirect(_address(trial_id), 303)


@blueprint.post("/trials/<int:trial_id>/renew")
@allow(LOOK)
def trial_renew(trial_id: int) -> Response:
    """Go the same way again with the draft as it is now, as far as that leads."""
    session = db.session()
    found = trials.trial_of(session, current_actor(), trial_id, lock=True)
    try:
        content = contents.content(session, found.key, draft=True)
        fresh, missed = trials.renew(session, current_actor(), found, content)
    except contents.NOT_SOUND:
        flash(gettext("草稿有错误，先按检查结果改好，再重新试运行。"), "error")
        return redirect(_address(trial_id), 303)
    if missed is not None:
        flash(
            gettext("前面的步骤已按新草稿重走，下一步走不通：%(why)s", why=missed.of(locale())),
            "error",
        )
    return redirect(_address(fresh.id), 303)


@blueprint.post("/trials/<int:trial_id>/keep")
@allow(EDIT)
def trial_keep(trial_id: int) -> Any:
    """Keep what was done as a test of the process."""
    session, actor = db.session(), current_actor()
    found = trials.trial_of(session, actor, trial_id)
    given = request.form.get("title", "").strip()
    with trials.opened(found) as box:
        if wrong := wrong_in(given, MOST_TITLE):
            context = shown(found, box) | {"errors": {"title": wrong}, "typed": given}
            form = trial_forms.panel(box, None)
            return render_template("studio/trial.html", form=form, **context), Invalid.status
        words = given or gettext("试运行 %(day)s", day=found.at.date().isoformat())
        scenario = trials.as_scenario(found, box, Text(words, ""))
    name = contents.keep(session, actor, found.key, "trial", scenario)
    flash(gettext("已存为测试，发布前会自动运行。"), "passed")
    return redirect(url_for("studio.scenario", key=found.key, name=name), 303)


@blueprint.post("/trials/<int:trial_id>/discard")
@allow(LOOK)
def trial_discard(trial_id: int) -> Response:
    """Forget a trial."""
    session = db.session()
    found = trials.trial_of(session, current_actor(), trial_id, lock=True)
    key = found.key
    trials.discard(session, found)
    flash(gettext("试运行已删除。"))
    return redirect(url_for("studio.trials", key=key), 303)


def _address(trial_id: int, task: int | None = None, page: str = "", anchor: str = "") -> str:
    return url_for(
        "studio.trial", trial_id=trial_id, task=task, page=page or None, _anchor=anchor or None
    )

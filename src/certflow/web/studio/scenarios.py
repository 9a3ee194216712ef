"""The tests of a process: list, run with progress, coverage, edit as a list, from cases (H5)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from certflow.core.access import allow, current_actor
from certflow.core.db import db
from certflow.core.errors import AppError, Invalid, NotFound
from certflow.core.text import Text
from certflow.studio import contents, drafts, editing, from_cases, running_tests, trials
from certflow.studio.scenarios import Result, covered
from certflow.web.edge import locale
from certflow.web.studio.area import EDIT, LOOK, blueprint, frame

_MADE = Text("{end}（由已办结业务生成）", "{end} (made from a finished case)")


@blueprint.get("/<key>/scenarios", endpoint="scenarios")
@allow(LOOK)
def index(key: str) -> str:
    """List the tests with what came of them last, the coverage, cases that could become tests."""
    session = db.session()
    content = contents.content(session, key)
    neighbours = running_tests.neighbours(session, key)
    names = sorted(content.get("scenarios", {}))
    wanted = "run" in request.args
    results = running_tests.results(key, content, neighbours, run=wanted)
    report = covered(key, content, [one for one in results.values() if one])
    return render_template(
        "studio/scenarios.html",
        names=names,
        titles={one: Text.read(content["scenarios"][one].get("title") or one) for one in names},
        results=results,
        coverage=report,
        complete=bool(names) and all(results.get(one) for one in names),
        state=_state(report),
        cases=from_cases.finished(session, key, report.elements if report else ()),
        **frame(key, "studio.scenarios"),
    )


def _state(report: Any) -> dict[str, Any]:
    """Return what the diagram shows: what is reached, and what no test reaches."""
    if report is None:
        return {"done": [], "present": [], "flows": [], "missed": []}
    missed = [one.id for one in (*report.missed_elements, *report.missed_flows)]
    return {
        "done": list(report.elements),
        "present": [],
        "flows": list(report.flows),
        "missed": missed,
        "names": report.names if locale() == "en" else {},
    }


@blueprint.get("/<key>/scenarios/diagram.bpmn")
@allow(LOOK)
def scenarios_diagram(key: str) -> Response:
    """Send the diagram that the tests run."""
    content = contents.content(db.session(), key)
    return Response(content["bpmn"], content_type="application/xml; charset=utf-8")


@blueprint.post("/<key>/scenarios")
@allow(EDIT)
def scenario_from_case(key: str) -> Response:
    """Make a test of a finished case; everything personal in it is replaced."""
    session, actor = db.session(), current_actor()
    case_id = request.form.get("case_id", type=int)
    if case_id is None:
        raise NotFound
    end = from_cases.end_of(session, key, case_id)
    title = _MADE.filled(end=end)
    scenario = from_cases.make(session, key, case_id, title)
    name = contents.keep(session, actor, key, "case", scenario)
    flash(gettext("已生成测试，姓名、证件号、电话、文字和材料都已替换为样例。"), "passed")
    return redirect(url_for("studio.scenario", key=key, name=name), 303)


@blueprint.get("/<key>/scenarios/<name>")
@allow(LOOK)
def scenario(key: str, name: str) -> str:
    """Show one test: its steps, what came of each, what is expected."""
    return _page(key, name)


def _page(key: str, name: str, errors: Mapping[str, Text] | None = None) -> str:
    session = db.session()
    content = contents.content(session, key)
    found = content.get("scenarios", {}).get(name)
    if found is None:
        raise NotFound
    neighbours = running_tests.neighbours(session, key)
    result = running_tests.result(key, content, name, neighbours)
    shown = running_tests.readable(key, content, found, locale())
    return render_template(
        "studio/scenario.html",
        name=name,
        scenario=found,
        title=Text.read(found.get("title") or name),
        result=result,
        by_number={one.number: one for one in result.steps},
        shown=shown,
        revision=_revision(key, name),
        errors=errors or {},
        typed=request.form if errors else {},
        state=_walked(result),
        **frame(key, "studio.scenarios"),
    )


def _walked(result: Result) -> dict[str, Any]:
    return {"done": list(result.reached), "present": [], "flows": list(result.flows)}


def _revision(key: str, name: str) -> int | None:
    """Return the revision of the test in the draft; None where there is no draft to change."""
    session = db.session()
    draft = drafts.open_draft(session, key)
    if draft is None:
        return None
    part = drafts.parts(session, draft).get(f"scenario:{name}")
    return part.revision if part else 0


@blueprint.get("/<key>/scenarios/<name>/result")
@allow(LOOK)
def scenario_result(key: str, name: str) -> dict[str, Any]:
    """Run one test and say what came of it: what the progress bar asks for."""
    session = db.session()
    content = contents.content(session, key)
    if name not in content.get("scenarios", {}):
        raise NotFound
    found = running_tests.result(key, content, name, running_tests.neighbours(session, key))
    row = render_template("studio/scenario_result.html", result=found)
    return {"passed": found.passed, "html": row}


@blueprint.post("/<key>/scenarios/<name>")
@allow(EDIT)
def save_scenario(key: str, name: str) -> Any:
    """Save the list of steps and what is expected."""
    session, actor = db.session(), current_actor()
    draft = drafts.the_draft(session, key)
    part = drafts.part(session, draft, f"scenario:{name}")
    try:
        changed = editing.edited(part.content, _posted())
        revision = request.form.get("revision", type=int) or 0
        drafts.save(session, actor, draft, part.part, changed, revision)
    except Invalid as error:
        return _page(key, name, error.at("")), error.status
    except drafts.PartChanged as error:
        flash(error.message.of(locale()), "error")
        return redirect(url_for("studio.scenario", key=key, name=name), 303)
    return redirect(url_for("studio.scenario", key=key, name=name), 303)


def _posted() -> dict[str, Any]:
    """Read the posted list: the order of its rows, without those taken out."""
    form = request.form
    taken, up = form.get("_remove", type=int), form.get("_up", type=int)
    numbers = [n for n in form.getlist("number", type=int) if n != taken]
    if up in numbers and numbers.index(up) > 1:
        place = numbers.index(up)
        numbers[place - 1], numbers[place] = numbers[place], numbers[place - 1]
    steps = [
        {
            "number": number,
            "outcome": form.get(f"outcome.{number}", ""),
            "days": form.get(f"days.{number}", ""),
            **_then(number),
        }
        for number in numbers
    ]
    names = ("title_zh", "title_en", "outcome", "add")
    return {**{one: form.get(one, "") for one in names}, "steps": steps}


def _then(number: int) -> dict[str, Any]:
    """Read where a case should wait after a step: "any", "end", or the elements named."""
    chosen = request.form.get(f"then.{number}")
    if chosen is None or chosen == "same":
        return {}
    if chosen == "any":
        return {"any": True}
    return {"then": [] if chosen == "end" else [chosen]}


@blueprint.post("/<key>/scenarios/<name>/delete")
@allow(EDIT)
def delete_scenario(key: str, name: str) -> Response:
    """Take a test out of the draft."""
    session, actor = db.session(), current_actor()
    draft = drafts.begin_from(session, actor, key)
    part = drafts.part(session, draft, f"scenario:{name}")
    drafts.save(session, actor, draft, part.part, None, part.revision)
    flash(gettext("测试已从草稿中删除。"))
    return redirect(url_for("studio.scenarios", key=key), 303)


@blueprint.post("/<key>/scenarios/<name>/trial")
@allow(LOOK)
def scenario_trial(key: str, name: str) -> Response:
    """Open a test as a trial, up to one of its steps, to look or to go on another way."""
    session, actor = db.session(), current_actor()
    content = contents.content(session, key)
    found = content.get("scenarios", {}).get(name)
    if found is None:
        raise NotFound
    upto = request.form.get("to", type=int) or len(found["steps"])
    try:
        trial, missed = trials.begin_from(session, actor, key, content, found, upto)
    except contents.NOT_SOUND:
        flash(gettext("草稿有错误，先按检查结果改好，再试运行。"), "error")
        return redirect(url_for("studio.scenario", key=key, name=name), 303)
    except AppError as error:
        flash(error.message.of(locale()), "error")
        return redirect(url_for("studio.scenario", key=key, name=name), 303)
    if missed is not None:
        flash(missed.of(locale()), "error")
    return redirect(url_for("studio.trial", trial_id=trial.id), 303)

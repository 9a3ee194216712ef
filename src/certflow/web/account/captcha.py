"""Captchas on pages: the picture, a new one, the check of an answer (catalogue A4)."""

from typing import Any

from flask import request, url_for

from certflow.accounts import puzzles
from certflow.core import clock
from certflow.core.access import PUBLIC, allow
from certflow.core.db import db
from certflow.core.errors import Invalid, NotFound
from certflow.core.http import keep_changes
from certflow.core.text import Text
from certflow.web.account.blueprint import blueprint
from certflow.web.edge import locale
from certflow.web.limits import limiter
from certflow.web.visitor import address, browser

PICTURES = "60 per minute; 600 per hour"


def puzzle() -> puzzles.Puzzle:
    """Make a puzzle for the page that is being shown."""
    return puzzles.new_puzzle(browser(), clock.now())


def faults() -> dict[str, Text]:
    """Check the posted answer; an empty result says that it is right. It counts in any case."""
    form, keep = request.form, keep_changes
    keep()
    try:
        puzzles.solve(
            db.session(),
            form.get("puzzle", "")[:200],
            browser(),
            form.get("captcha", "")[:20],
            form.get("captcha_sum", "")[:20],
            address(),
            clock.now(),
        )
    except Invalid as error:
        return error.fields
    return {}


@blueprint.get("/captcha/<puzzle>.png")
@limiter.limit(PICTURES)
@allow(PUBLIC)
def captcha_picture(puzzle: str) -> Any:
    """Draw a puzzle, for the browser it was made for."""
    drawn = puzzles.picture(puzzle, browser(), clock.now())
    if drawn is None:
        raise NotFound
    return drawn, 200, {"Content-Type": "image/png"}


@blueprint.get("/captcha")
@limiter.limit(PICTURES)
@allow(PUBLIC)
def another_captcha() -> Any:
    """Offer another puzzle to a page that is open."""
    made = puzzle()
    src = url_for("account.captcha_picture", puzzle=made.name)
    return {"name": made.name, "src": src, "question": made.question.of(locale())}

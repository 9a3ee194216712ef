"""My road: what I have, what is missing, until when each piece counts, what to do next (C12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request, url_for

from certflow.cases.queries import latest_answer, open_cases_of
from certflow.cases.verdicts import figures, said
from certflow.core import clock
from certflow.core.access import allow, current_actor
from certflow.core.db import Session, db
from certflow.core.text import Text
from certflow.personnel.fields import FIELDS, GRADES, MODES
from certflow.personnel.queries import certificate_rows
from certflow.personnel.roadmap import EXPIRING, MET, Piece
from certflow.personnel.standing import Window as Confirmation
from certflow.processes.road import Road, road
from certflow.processes.windows import RENEWAL
from certflow.web.places import place_url
from certflow.web.portal.blueprint import APPLICANT, blueprint

LONGEST, SHORTEST = 1_900, 365
"""Days that the drawing of expiries spans at most and at least."""
VALID = Text("证书有效期", "Certificate valid")


@dataclass(frozen=True)
class Bar:
    """A span in the drawing of expiries, in percent of its width; `kind` gives its look."""

    title: Text
    kind: str
    start: float
    end: float
    first: date | None
    last: date


@dataclass(frozen=True)
class Axis:
    """The days that the drawing spans."""

    first: date
    days: int

    def at(self, day: date) -> float:
        """Return where a day lies, in percent."""
        return round(min(max((day - self.first).days / self.days, 0), 1) * 100, 2)

    def years(self) -> list[tuple[int, float]]:
        """Return where each new year lies."""
        last = self.first.year + self.days // 365 + 1
        marks = [(year, self.at(date(year, 1, 1))) for year in range(self.first.year + 1, last + 1)]
        return [(year, place) for year, place in marks if place < 100]  # noqa: PLR2004


@blueprint.get("/road")
@allow(APPLICANT)
def my_road() -> Any:
    """Draw my road to the grade and field asked for."""
    session, actor, today = db.session(), current_actor(), clock.today()
    person_id = actor.person_id or 0
    field, wanted = _asked(session, person_id)
    found = road(session, person_id, field, wanted, today)
    axis = _axis(found, today)
    return render_template(
        "portal/road.html",
        fields=FIELDS,
        grades=GRADES,
        field=FIELDS[field],
        wanted=wanted,
        road=found,
        today=today,
        goal=_goal(found, wanted),
        figures=lambda piece: figures(piece.row),
        title=lambda piece: said(piece.row, "title"),
        help=lambda piece: said(piece.row, "help"),
        url=lambda piece: place_url(piece.row["place"]) or url_for("portal.profile"),
        instead=lambda piece: MODES.get(str(piece.row.get("instead") or "")),
        waits=bool(found.legs[0].waiting) and not found.legs[0].short,
        confirmations=_confirmations(found, today),
        running=_running(session, actor.user_id or 0, field),
        axis=axis,
        bars=list(_bars(found, axis)),
    )


def _asked(session: Session, person_id: int) -> tuple[str, str]:
    """Return the field and grade asked for; at first those of the newest certificate's next step."""
    rows = certificate_rows(session, person_id)
    field, wanted = request.args.get("field", ""), request.args.get("grade", "")
    if field not in FIELDS:
        field = rows[-1].field if rows else next(iter(FIELDS))
    return field, wanted if wanted in GRADES else "formal"


def _running(session: Session, user_id: int, field: str) -> list[Any]:
    """Return the registrations of the field that are under way."""
    cases = open_cases_of(session, user_id, "registration")
    chosen = {one.id: latest_answer(session, one.id, "choose") for one in cases}
    return [one for one in cases if (given := chosen[one.id]) and given.data.get("field") == field]


def _goal(found: Road, wanted: str) -> Text:
    """Return what stands at the end of the road."""
    held = found.held
    keeps = found.legs[-1].mode == RENEWAL
    return held.grade if keeps and held else GRADES[wanted]


def _confirmations(found: Road, today: date) -> list[Confirmation]:
    """Return the confirmations on the road: all where it keeps the certificate, else what is due."""
    if found.legs[-1].mode == RENEWAL:
        return list(found.confirmations)
    return [
        one
        for one in found.confirmations
        if one.confirmed_on is None and one.opens_on <= today <= one.closes_on
    ]


def _axis(found: Road, today: date) -> Axis:
    days = [one.until for leg in found.legs for one in leg.pieces if one.until]
    days += [one.closes_on for one in found.confirmations]
    days += [found.held.valid_until] if found.held else []
    longest = max(((day - today).days for day in days), default=0)
    return Axis(today, min(max(longest + 30, SHORTEST), LONGEST))


def _bars(found: Road, axis: Axis) -> Iterator[Bar]:
    """Yield what is to be drawn: the certificate and its windows, then every piece that runs out."""
    if found.held and found.held.valid_until >= axis.first:
        yield _bar(axis, VALID, "certificate", None, found.held.valid_until)
        for one in found.confirmations:
            if one.confirmed_on is None and one.closes_on >= axis.first:
                yield _bar(axis, one.title, "window", one.opens_on, one.closes_on)
        if found.renewal:
            yield _bar(
                axis, found.renewal.title, "window", found.renewal.opens_on, found.renewal.closes_on
            )
    pieces: dict[str, Piece] = {}
    for leg in found.legs:
        for piece in leg.pieces:
            pieces.setdefault(piece.row["rule"], piece)
    for piece in sorted(pieces.values(), key=lambda one: one.until or date.max):
        if piece.until and piece.row["place"] != "certificates":
            kind = "met" if piece.state in (MET, EXPIRING) else "short"
            yield _bar(axis, said(piece.row, "title"), kind, None, piece.until)


def _bar(axis: Axis, title: Text, kind: str, first: date | None, last: date) -> Bar:
    return Bar(title, kind, axis.at(first) if first else 0, axis.at(last), first, last)

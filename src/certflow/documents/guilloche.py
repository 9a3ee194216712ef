"""Guilloche: the fine interlaced lines of certificates, as smooth vector curves.

Everything is computed from constants, so the same certificate always has the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

Point = tuple[float, float]
Curve = Callable[[float], tuple[Point, Point]]  # parameter -> place and direction there


@dataclass(frozen=True)
class Band:
    """A ring of a rosette: lines that swing ``waves`` times around ``radius`` by ``swing`` points."""

    radius: float
    swing: float
    waves: int
    lines: int


ROSETTE = (
    Band(radius=0.85, swing=0.15, waves=24, lines=9),
    Band(radius=0.575, swing=0.115, waves=20, lines=8),
    Band(radius=0.30, swing=0.15, waves=12, lines=9),
)


def rosette(
    canvas: Canvas, centre: Point, radius: float, colour: Color, bands: Sequence[Band] = ROSETTE
) -> None:
    """Draw rings of interlaced waves around ``centre``; the bands' sizes are parts of ``radius``."""
    canvas.saveState()
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(0.32)
    for band in bands:
        for line in range(band.lines):
            phase = 2 * pi * line / band.lines
            _trace(canvas, _ring(centre, radius, band, phase), 2 * pi, band.waves * 4)
    canvas.restoreState()


def _ring(centre: Point, radius: float, band: Band, phase: float) -> Curve:
    def at(angle: float) -> tuple[Point, Point]:
        turn = band.waves * angle + phase
        distance = radius * (band.radius + band.swing * sin(turn))
        change = radius * band.swing * band.waves * cos(turn)
        place = centre[0] + distance * cos(angle), centre[1] + distance * sin(angle)
        along = (
            change * cos(angle) - distance * sin(angle),
            change * sin(angle) + distance * cos(angle),
        )
        return place, along

    return at


def braid(canvas: Canvas, start: Point, end: Point, swing: float, waves: int, lines: int) -> None:
    """Draw ``lines`` interlaced waves from ``start`` to ``end``, in the present colour and width."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    across = -dy / length, dx / length

    def wave(phase: float) -> Curve:
        def at(part: float) -> tuple[Point, Point]:
            turn = 2 * pi * waves * part + phase
            off, change = swing * sin(turn), swing * 2 * pi * waves * cos(turn)
            place = start[0] + dx * part + across[0] * off, start[1] + dy * part + across[1] * off
            return place, (dx + across[0] * change, dy + across[1] * change)

        return at

    for line in range(lines):
        _trace(canvas, wave(2 * pi * line / lines), 1, waves * 4)


def _trace(canvas: Canvas, curve: Curve, length: float, pieces: int) -> None:
    """Stroke a curve as cubic pieces that keep its direction at every joint."""
    step = length / pieces
    path = canvas.beginPath()
    (x, y), (u, v) = curve(0)
    path.moveTo(x, y)
    for piece in range(1, pieces + 1):
        (x2, y2), (u2, v2) = curve(piece * step)
        third = step / 3
        nodes = (x + u * third, y + v * third, x2 - u2 * third, y2 - v2 * third, x2, y2)
        path.curveTo(*(round(node, 2) for node in nodes))
        x, y, u, v = x2, y2, u2, v2
    canvas.drawPath(path, stroke=1, fill=0)

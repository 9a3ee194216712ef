"""Who complained, who evaluates, whose script it is: looked for by those who must not know (C5, D4, E10)."""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from flask import Flask

from certflow.core import clock
from certflow.core import settings as settings_
from certflow.core.db import Session
from factories import anonymous, shielded
from factories.cast import START
from factories.databases import make_settings
from factories.probing.shielding import onlookers, searches, walks
from factories.probing.tally import Tally
from factories.shielded import Town

Settle = Callable[[Session, Flask], Town]
TOWNS: dict[str, Settle] = {
    "complainants, by a person complained of": partial(shielded.settle, kind="person"),
    "complainants, by a body complained of": partial(shielded.settle, kind="body"),
    "experts, by those they judge": anonymous.judged,
    "a candidate, by the second marker": anonymous.marked,
    "the second marker, by the candidate": anonymous.marking,
}
QUICK = ("complainants, by a person complained of", "a candidate, by the second marker")


def concealed(*, quick: bool) -> Iterator[tuple[str, Tally]]:
    """Build each town, let everybody walk about in it who must not find a name there."""
    before = settings_.current()
    for what, settle in TOWNS.items():
        if quick and what not in QUICK:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            settings = make_settings(f"sqlite:///{folder}/town.db", folder)
            with shielded.built(settings, settle) as town:
                yield what, _probed(town, every=20 if quick else 1)
    settings_.install(before)
    clock.freeze(START)


def _probed(town: Town, every: int) -> Tally:
    found = walks(town, every)
    if town.onlookers:
        found += searches(town)
    for role in town.onlookers:
        found += onlookers(town, role, every)
    return found

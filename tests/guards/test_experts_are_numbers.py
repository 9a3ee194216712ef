"""Who is judged knows experts by a number; who marks again does not know the candidate (C5, E10)."""

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from certflow.cases import people
from certflow.cases.models import HumanTask
from certflow.core import clock
from certflow.core import settings as settings_
from certflow.core.db import transaction
from factories import anonymous
from factories.cast import START
from factories.databases import make_settings
from factories.probing.shielding import walk, walks
from factories.shielded import Town, built

TOWNS = (anonymous.judged, anonymous.marked, anonymous.marking)


@pytest.fixture(scope="module", params=TOWNS, ids=lambda one: one.__name__)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("anonymous")
    with built(make_settings(f"sqlite:///{folder}/test.db", folder), request.param) as found:
        yield found


@pytest.fixture(autouse=True)
def at_the_start(town: Town) -> Iterator[None]:
    settings_.install(town.app.extensions["certflow"])
    clock.freeze(START)
    yield
    clock.reset()


def test_no_page_paper_or_file_name_tells_who_it_was(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    found = walks(town, every=2)  # all of them: benchmarks.security
    with capsys.disabled():
        print(f"\nanonymity: {found.tried} probes of {len(town.eyes)}, {len(found.failed)} marks")
    assert found.failed == [], "\n".join(found.failed[:40])


def test_without_the_guard_it_would_be_seen(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names instead of numbers, and a marker's task that opens its case."""
    monkeypatch.setattr(people, "BLIND", frozenset())
    with town.app.app_context(), transaction() as session:
        session.execute(update(HumanTask).values(blind=False))
    cases = [f"/cases/{one}" for one in town.cases]
    assert "name" in {one.mark.split()[0] for who in town.eyes for one in walk(town, who, cases)}

"""The house that the guards of access and of the web edge look at."""

from collections.abc import Iterator

import pytest

from certflow.core import clock
from certflow.core import settings as settings_
from factories import house as houses
from factories.cast import START
from factories.databases import make_settings
from factories.house import House


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with houses.built(make_settings(f"sqlite:///{folder}/test.db", folder)) as house:
        yield house


@pytest.fixture
def house(built: House) -> Iterator[House]:
    """The house, with this installation's settings and the clock at the start of the story."""
    settings_.install(built.app.extensions["certflow"])
    clock.freeze(START)
    yield built
    clock.reset()

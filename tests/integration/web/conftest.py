"""A published registration with its people, and browsers for them."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from certflow.core import clock
from certflow.core.db import Session
from certflow.demo.story import Story
from certflow.web.limits import limiter
from factories.browser import Browser
from factories.cast import START, make_story
from factories.probing.untold import watched

Browse = Callable[[str], Browser]


@pytest.fixture(autouse=True)
def nine_in_the_morning(app: Flask) -> None:
    clock.freeze(START)
    with app.app_context():
        limiter.reset()


@pytest.fixture(autouse=True)
def whatever_is_written_is_told_of(app: Flask) -> Iterator[None]:
    """The audit trail tells of every request of these tests that changed something (J6)."""
    with watched(app) as untold:
        yield
    assert untold == []


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.fixture
def browse(app: Flask, session: Session) -> Browse:
    return lambda login_name: Browser(app, session).sign_in(login_name)


@pytest.fixture
def visitor(app: Flask, session: Session) -> Browser:
    return Browser(app, session)

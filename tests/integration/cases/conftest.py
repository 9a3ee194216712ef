"""A published registration with its people, at nine in the morning."""

import pytest
from flask import Flask

from certflow.core import clock
from certflow.core.db import Session
from certflow.demo.story import Story
from factories.cast import START, make_story


@pytest.fixture(autouse=True)
def nine_in_the_morning(app: Flask) -> None:
    clock.freeze(START)


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)

"""The people of a registration, in a database that only requests look at."""

import pytest
from flask import Flask

from certflow.core import clock
from certflow.core.db import transaction
from certflow.core.limits import limiter
from factories.cast import START, make_cast, publish_registration
from factories.programs import Programs, make_programs


@pytest.fixture
def programs(app: Flask) -> Programs:
    clock.freeze(START)
    with app.app_context():
        limiter.reset()
        with transaction() as session:
            publish_registration(session)
            cast = make_cast(session)
    return make_programs(app, cast)

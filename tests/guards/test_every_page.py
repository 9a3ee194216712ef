"""No page is left out where pages are looked at for people who see, hear or move otherwise (I3).

`browser.every_page` lists the pages that the browser test opens, and the addresses that are none;
that these answer no page is seen where every address is called (test_access.py).
"""

import re

import pytest
from flask import Flask

from browser.every_page import NONE, PAGES
from certflow.app import create_app
from factories.databases import make_settings
from factories.house import is_api


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("addresses")
    return create_app(make_settings(f"sqlite:///{folder}/none.db", folder))


def readable(site: Flask) -> set[str]:
    """Return the addresses that can be read in a browser: everything but the API's."""
    rules = (rule for rule in site.url_map.iter_rules() if "GET" in (rule.methods or ()))
    return {rule.rule for rule in rules if not is_api(f"GET {rule.rule}")}


def looked_at(site: Flask, without: str = "") -> set[str]:
    """Return the addresses of the pages that are looked at; `without` leaves one path out."""
    adapter = site.url_map.bind("")
    listed = {path for paths in PAGES.values() for path in paths} - {"/nowhere", without}
    plain = (re.sub(r"\{\w+\}", "1", path.partition("?")[0]) for path in listed)
    return {adapter.match(path, return_rule=True)[0].rule for path in plain}


def test_every_page_is_looked_at(site: Flask) -> None:
    assert readable(site) - looked_at(site) - NONE == set()


def test_a_forgotten_page_would_be_seen(site: Flask) -> None:
    assert readable(site) - looked_at(site, without="/road") - NONE == {"/road"}


def test_nothing_is_listed_twice_and_nothing_that_is_gone(site: Flask) -> None:
    assert looked_at(site) & NONE == set()
    assert readable(site) >= NONE

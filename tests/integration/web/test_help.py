"""The guide for administrators: every page and picture answers, no link leads nowhere (I6)."""

import re
from pathlib import Path

import pytest

from certflow.web import help as guide
from certflow.web.edge import LOCALES
from factories.actors import make_user
from factories.browser import Browser

PICTURES = Path(guide.__file__).parents[1] / "static" / "help"
MOST = 120_000
LINK = re.compile(r'(?:href|src)="([^"#]+)[^"]*"')


@pytest.fixture
def reader(session, browse) -> Browser:
    make_user(session, "reader", "applicant")
    return browse("reader")


def text_of(page: str, language: str = "zh") -> str:
    return (guide.FOLDER / f"{page}.{language}.html").read_text(encoding="utf-8")


def resolved(link: str) -> str:
    """Return the address that a page's own link leads to; its links are written from /help/."""
    return "/" + link.removeprefix("../") if link.startswith("../") else f"/help/{link}"


def answers(reader: Browser, address: str) -> bool:
    with reader.get(address) as answer:  # a picture is a file, which has to be closed
        return answer.status_code == 200


def dead(reader: Browser, text: str) -> list[str]:
    """Return the links and pictures of a text that do not answer."""
    found = {resolved(one) for one in LINK.findall(text)}
    return sorted(one for one in found if not answers(reader, one))


def test_the_index_leads_to_every_page(reader) -> None:
    index = reader.get("/help").text
    assert all(f'href="/help/{page}"' in index for page in guide.PAGES)
    assert 'href="/help"' in reader.get("/notices").text


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("page", guide.PAGES)
def test_a_page_shows_its_words_and_nothing_in_it_is_dead(reader, page: str, language: str) -> None:
    reader.post("/language", locale=language)
    answer = reader.get(f"/help/{page}")
    assert answer.status_code == 200
    assert text_of(page, language) in answer.text
    assert dead(reader, text_of(page, language)) == []


@pytest.mark.parametrize("page", guide.PAGES)
def test_both_languages_tell_the_same(page: str) -> None:
    """As many headings, items, rows, pictures and links stand in both, and no Chinese in English."""
    shape, link = re.compile(r"<(h2|li|tr|img|p)\b"), re.compile(r'(?:href|src)="([^"]+)"')
    chinese, english = text_of(page), text_of(page, "en")
    assert shape.findall(chinese) == shape.findall(english)
    assert sorted(link.findall(chinese)) == sorted(link.findall(english))
    assert not re.search(r"[\u3400-\u9fff]", english)


def test_a_dead_link_and_a_missing_picture_are_found(reader) -> None:
    text = '<a href="drawing">x</a><a href="nowhere">y</a><img src="../static/help/gone.png">'
    assert dead(reader, text) == ["/help/nowhere", "/static/help/gone.png"]


def test_every_picture_is_small_is_used_and_says_what_it_shows() -> None:
    words = "".join(text_of(page, one) for page in guide.PAGES for one in LOCALES)
    for picture in PICTURES.glob("*"):
        assert picture.stat().st_size < MOST, picture.name
        assert f'src="../static/help/{picture.name}"' in words, picture.name
    assert all(re.search(r'alt="[^"]{10,}"', one) for one in re.findall(r"<img[^>]*>", words))


def test_there_is_a_page_for_every_file_and_none_besides(reader) -> None:
    files = {path.name for path in guide.FOLDER.glob("*.html")}
    assert files == {f"{page}.{one}.html" for page in guide.PAGES for one in LOCALES}
    assert reader.get("/help/..%2foverview").status_code == 404
    assert reader.get("/help/nothing").status_code == 404

"""Money and numbers on pages stand in the form of the reader's language (catalogue I3)."""

import pytest

from certflow.web import edge


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "1,234,567.05 元"), ("en", "CNY 1,234,567.05")]
)
def test_money_is_read_in_groups_of_three_with_its_fen(
    monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setattr(edge, "locale", lambda: language)
    assert edge._money(123456705) == words
    assert edge._number(100000) == "100,000"

import pytest

from certflow.personnel.clauses import clauses_in, not_covered


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("生产部：8.5.1、8.5.2；质量部 9.1", {"8.5.1", "8.5.2", "9.1"}),
        ("10.2,4.4", {"10.2", "4.4"}),
        ("条款8和10，其中 10.2", {"10.2"}),
        ("2025.9 在生产部 8 人，用 5 天，合格率 98.5%", set()),
        ("3.1 11.2 1.4", set()),
        ("", set()),
    ],
)
def test_clauses_are_found_in_what_people_write(text, clauses):
    assert clauses_in(text) == clauses


def test_ticked_clauses_are_read_too():
    assert clauses_in(["4.1", "10.3"]) == {"4.1", "10.3"}
    assert clauses_in(None) == set()


def test_a_clause_covers_its_sub_clauses_and_nothing_beside():
    assert not_covered({"8.5.1", "8.5"}, {"8.5"}) == set()
    assert not_covered({"8.5"}, {"8.5.1"}) == {"8.5"}
    assert not_covered({"8.51"}, {"8.5"}) == {"8.51"}

"""What is costly is made once, and the oldest is given up first."""

from certflow.core.remembered import Remembered


def test_a_thing_is_made_once_a_key():
    made: list[str] = []
    kept = Remembered[str](10)

    def make() -> str:
        made.append("thing")
        return made[-1]

    assert kept.get(("registration", 1), make) is kept.get(("registration", 1), make)
    kept.get(("registration", 2), make)
    assert len(made) == 2


def test_the_oldest_is_given_up_first():
    kept = Remembered[int](3)
    for number in (1, 2, 3, 1, 4):
        kept.get(number, lambda number=number: number)
    assert len(kept) == 3
    assert kept.get(1, lambda: -1) == 1
    assert kept.get(2, lambda: -1) == -1

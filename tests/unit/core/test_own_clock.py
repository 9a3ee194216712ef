"""A trial has a clock of its own that nobody else ever sees (H5)."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

from certflow.core import clock

LATER = datetime(2031, 5, 4, 3, 0, tzinfo=UTC)


def test_it_is_seen_inside_only() -> None:
    before = clock.now()
    with clock.own(LATER):
        assert clock.now() == LATER
        assert clock.today().year == LATER.year
    assert clock.now() - before < timedelta(minutes=1)


def test_it_stands_above_a_stopped_clock_and_gives_it_back() -> None:
    with clock.frozen(LATER - timedelta(days=400)):
        with clock.own(LATER):
            assert clock.now() == LATER
        assert clock.now() == LATER - timedelta(days=400)


def test_another_request_at_the_same_time_sees_its_own() -> None:
    seen: dict[str, datetime] = {}
    meeting = Barrier(2)

    def trial() -> None:
        with clock.own(LATER):
            meeting.wait()
            seen["trial"] = clock.now()
            meeting.wait()

    def other() -> None:
        meeting.wait()
        seen["other"] = clock.now()
        meeting.wait()

    threads = [Thread(target=one) for one in (trial, other)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen["trial"] == LATER
    assert seen["other"] < LATER


def test_the_control_a_stopped_clock_is_everybodys() -> None:
    seen: list[datetime] = []
    with clock.frozen(LATER):
        thread = Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen == [LATER]

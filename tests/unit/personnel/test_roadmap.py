"""Until when the pieces of a road count, and what only time will bring (catalogue C12)."""

from datetime import date

import pytest

from certflow.personnel.roadmap import Wait, counts_until, leg_of


def row(have=4, required=4, lines=(), **changes):
    counted = [{"until": until, "amount": amount, "text": {}} for until, amount in lines]
    told = {"rule": "audits", "place": "profile/audit", "comparison": ">=", "state": "met"}
    return {
        **told, "have": have, "required": required, "met": True, "evidence": {"counted": counted}, **changes,
    }  # fmt: skip


def test_a_figure_holds_until_too_little_is_left_of_it():
    lines = [("2027-01-01", 1), ("2029-01-01", 3), ("2028-01-01", 2)]
    assert counts_until(row(have=6, lines=lines)) == date(2028, 1, 1)
    assert counts_until(row(have=6, required=5, lines=lines)) == date(2028, 1, 1)
    assert counts_until(row(have=6, required=6, lines=lines)) == date(2027, 1, 1)


def test_of_several_passes_the_last_one_decides():
    lines = [("2027-10-19", 1), ("2029-10-17", 1)]
    assert counts_until(row(have=1, required=1, lines=lines)) == date(2029, 10, 17)


def test_what_never_expires_carries_the_rest():
    assert counts_until(row(required=1, lines=[("2027-01-01", 1), (None, 1)])) is None
    assert counts_until(row(lines=[])) is None


def test_of_too_little_the_first_loss_is_told():
    short = row(have=2, met=False, state="not_met", lines=[("2028-01-01", 1), ("2027-01-01", 1)])
    assert counts_until(short) == date(2027, 1, 1)


def test_a_greatest_number_and_an_unknown_requirement_run_out_never():
    lines = [("2027-01-01", 1)]
    assert counts_until(row(comparison="<=", lines=lines)) is None
    assert counts_until(row(required=None, lines=lines)) is None


@pytest.mark.parametrize(
    ("changes", "first", "waits", "state"),
    [
        ({}, True, (), "met"),
        ({"met": False, "state": "not_met"}, True, (), "not_met"),
        ({"met": False, "state": "undecidable"}, False, (), "undecidable"),
        ({"met": False, "state": "not_met"}, True, ("audits",), "waiting"),
        ({"met": False, "state": "not_met", "place": "certificates"}, True, (), "not_met"),
        ({"met": False, "state": "undecidable", "place": "certificates"}, False, (), "later"),
    ],
)
def test_the_state_of_a_piece(changes, first, waits, state):
    leg = leg_of("upgrade_to_formal", [row(**changes)], Wait(waits), first=first)
    assert leg.pieces[0].state == state
    assert len(leg.short) == (state in ("not_met", "undecidable"))
    assert len(leg.waiting) == (state == "waiting")


def test_the_soonest_piece_is_the_first_that_runs_out_of_those_that_are_there():
    rows = [
        row(required=1, lines=[("2029-01-01", 1)]),
        row(required=1, lines=[("2028-01-01", 1)]),
        row(required=1, met=False, state="not_met", lines=[("2027-01-01", 1)]),
    ]
    leg = leg_of("upgrade_to_formal", rows, Wait(), first=True)
    assert leg.soonest is leg.pieces[1]
    assert leg_of("upgrade_to_formal", [row()], Wait(), first=True).soonest is None


@pytest.mark.parametrize(
    ("until", "state"), [("2028-08-17", "expiring"), ("2028-08-18", "met"), ("2028-08-19", "met")]
)
def test_what_runs_out_before_one_can_apply_is_told_in_time(until, state):
    wait = Wait(until=date(2028, 8, 18))
    leg = leg_of("re_registration", [row(have=1, required=1, lines=[(until, 1)])], wait, first=True)
    assert leg.pieces[0].state == state
    assert len(leg.expiring) == (state == "expiring")
    assert leg.short == []

"""The audit trail: what is written stands there, what was changed is seen (J6, J7)."""

import json

import pytest

from certflow.cases import proving
from certflow.core import audit, audit_seals
from certflow.core.db import db
from factories.house import House
from factories.probing import submitting, tampering


@pytest.fixture
def sealed(house: House) -> House:
    tampering.seal(house.app)
    return house


def test_whatever_the_databases_owner_does_to_the_trail_is_seen(
    sealed: House, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tampering.tamperings(sealed.app, 2)
    with capsys.disabled():
        print(f"\ntampering: {found.tried - len(found.failed)} of {found.tried} seen")
    assert (found.failed, found.tried > 40) == ([], True)


def test_without_the_seals_a_neatly_cut_tail_would_pass(
    sealed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "sealed_ends", dict)
    failed = "\n".join(tampering.tamperings(sealed.app, 2).failed)
    assert "cut with its end" in failed


def test_with_a_digest_that_anybody_can_reckon_a_rewritten_chain_would_pass(
    sealed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: verification that believes every digest sees nothing but gaps and ends."""
    monkeypatch.setattr(audit, "_digest", lambda _before, event: event.digest)
    failed = "\n".join(tampering.tamperings(sealed.app, 2).failed)
    assert "a changed reason" in failed
    assert "an added event" in failed


def test_a_changed_seal_is_seen(sealed: House) -> None:
    with sealed.app.app_context():
        path = audit_seals.path()
        kept = path.read_text()
        line = json.loads(kept.splitlines()[0])
        chain = next(iter(line["chains"]))
        line["chains"][chain][0] += 1
        path.write_text("\n".join([json.dumps(line), *kept.splitlines()[1:]]) + "\n")
        found = list(proving.broken_chains(db.session()))
        path.write_text(kept)
        db.session.remove()
    assert found[0].chain == "seals"


def test_sealing_twice_writes_nothing_new(sealed: House) -> None:
    assert tampering.seal(sealed.app) == 0


def test_every_form_that_writes_is_told_of_in_the_trail(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(house.app.config, "WTF_CSRF_ENABLED", False)
    found, wrote = submitting.submissions(house, 1)
    with capsys.disabled():
        print(
            f"\naudit: {found.tried} forms of {len(wrote)} routes wrote, {len(found.failed)} untold"
        )
    assert (found.failed, len(wrote) > 15) == ([], True)


def test_a_write_without_a_word_would_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(house.app.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setattr(
        submitting, "WRITTEN", submitting.re.compile(r"^(?:INSERT INTO|UPDATE) (?!audit)(\w+)")
    )
    assert submitting.submissions(house, 1, [("applicant", "owner")])[0].failed

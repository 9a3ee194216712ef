from pathlib import Path

import pytest

from certflow.accounts import passwords
from certflow.core import settings
from certflow.core.errors import Invalid


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    cheap = settings.Settings(
        "test", "", Path(), "", {}, b"", argon2_time_cost=1, argon2_memory_kib=8
    )
    monkeypatch.setattr(settings._Current, "settings", cheap)


def test_a_password_fits_its_own_hash_only():
    stored = passwords.hash_password("one-2-three")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "one-2-three")
    assert not passwords.verify(stored, "one-2-four")
    assert not passwords.verify("not a hash", "one-2-three")


def test_nobody_has_the_password_of_an_unknown_user():
    assert not passwords.verify(None, "nobody has this password")


def test_an_unknown_user_costs_a_hash_like_a_known_one(monkeypatch):
    hashed = []
    hasher = passwords._hasher()

    class Counting:
        hash = hasher.hash

        def verify(self, stored, password):
            hashed.append(stored)
            return hasher.verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    assert not passwords.verify(None, "x")
    assert len(hashed) == 1


def test_a_hash_of_another_cost_is_outdated():
    stored = passwords._hasher_of(2, 8).hash("one-2-three")
    assert passwords.outdated(stored)
    assert not passwords.outdated(passwords.hash_password("one-2-three"))


@pytest.mark.parametrize("good", ["kor973!!", "密码很长1234。", "a1-hkdrt"])
def test_letters_digits_and_symbols_make_a_password(good):
    passwords.check_rule(good)


@pytest.mark.parametrize(
    "bad", ["abc12!!", "abcdefg!", "12345678!", "abcd1234", "a1!" * 50, "abc 1234"]
)
def test_anything_less_is_refused_at_the_field(bad):
    with pytest.raises(Invalid) as caught:
        passwords.check_rule(bad)
    assert "password" in caught.value.fields

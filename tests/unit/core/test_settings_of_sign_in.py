"""What guards sign-in is on in production, whatever is left out, and a misspelt word switches nothing off."""

import pytest

from certflow.core.settings import Settings, SettingsError
from factories.probing.starting import SAFE


def read(tmp_path, **changes):
    env = {f"CERTFLOW_{name.upper()}": value for name, value in changes.items()}
    return Settings.from_env(SAFE | {"CERTFLOW_DATA_DIR": str(tmp_path)} | env)


def test_in_production_captcha_and_second_factor_are_on(tmp_path):
    settings = read(tmp_path)
    assert settings.captcha_always
    assert settings.second_factor_required
    assert settings.real_name_check == "off"


def test_while_developing_they_stay_out_of_the_way(tmp_path):
    settings = read(tmp_path, mode="development")
    assert not settings.captcha_always
    assert not settings.second_factor_required
    assert settings.real_name_check == "sandbox"


def test_they_can_be_chosen(tmp_path):
    settings = read(tmp_path, captcha="after_failure", second_factor="optional", sms_per_day="7")
    assert not settings.captcha_always
    assert not settings.second_factor_required
    assert settings.sms_per_day == 7


@pytest.mark.parametrize(
    ("name", "word"), [("captcha", "never"), ("second_factor", "of"), ("real_name", "sandbox")]
)
def test_a_wrong_word_stops_the_start(tmp_path, name, word):
    with pytest.raises(SettingsError):
        read(tmp_path, **{name: word})

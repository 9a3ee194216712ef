import pytest

from certflow.accounts.common_passwords import is_common
from certflow.accounts.devices import described, masked


@pytest.mark.parametrize(
    "common",
    [
        "Password1!",
        "P@ssw0rd",
        "p@ssw0rd!2024",
        "Qwer1234!",
        "Admin@123",
        "abc123!!",
        "1qaz@WSX",
        "woaini520!",
        "China2026!",
        "aaaa1111!",
        "asdf6868.",
        "passpass12!",
    ],
)
def test_what_is_tried_first_is_common(common):
    assert is_common(common)


@pytest.mark.parametrize(
    "own", ["crane-7-over-lake", "kor973!!", "heron-8-by-river", "密码很长1234。"]
)
def test_what_somebody_made_up_is_not(own):
    assert not is_common(own, "lin.zhixia", "林知夏", "13800000000")


@pytest.mark.parametrize(
    "told", ["x-lin.zhixia-9", "9!Zhixia-kor", "林知夏-kor-973", "k!13800000000"]
)
def test_what_is_known_of_its_owner_gives_a_password_away(told):
    assert is_common(told, "lin.zhixia", "林知夏", "13800000000")
    assert not is_common(told, "somebody.else", "沈拾光", "13900000000")


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537",
            "Chrome, Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox, Linux"),
        ("curl/8.0", ""),
    ],
)
def test_a_browser_is_described_in_two_words(agent, words):
    assert described(agent) == words


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ("203.0.113.7", "203.0.*.*"),
        ("::ffff:203.0.113.7", "203.0.*.*"),
        ("2001:db8:1:2::7", "2001:0db8:0001:*"),
        ("nonsense", ""),
    ],
)
def test_of_an_address_only_the_region_is_kept(address, region):
    assert masked(address) == region

"""Which addresses may be called for somebody else."""

from urllib.parse import urlsplit

import pytest

from certflow.notifications.addresses import is_public, refused

INSIDE = (
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2001:0:7f00:1::", "ff02::1", "nonsense",
)  # fmt: skip
NOT_ENTERED = (
    "http://example.com/", "https://localhost/", "https://db/", "https://printer.local/",
    "https://metadata.internal/", "https://2130706433/", "https://0x7f.1/", "https://127.1/",
    "https://10.0.0.8:8443/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://127.0.0.1./",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_what_lies_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_public_network_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", NOT_ENTERED)
def test_production_takes_public_https_only(url: str) -> None:
    assert refused(urlsplit(url), production=True) is not None
    assert refused(urlsplit(url), production=False) is None


def test_production_takes_a_name_of_the_public_network() -> None:
    for url in ("https://example.com/hook?key=1", "https://hooks.example.cn:8443/a"):
        assert refused(urlsplit(url), production=True) is None

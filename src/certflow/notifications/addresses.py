"""Which addresses this server may call for somebody else: no door into our own network (SSRF).

Checked when an address is entered, by its words, and each time before it is called, by what its
name stands for then; the call goes to the very address that was checked.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from certflow.core.errors import AppError
from certflow.core.text import Text

LONGEST = 500
_TRANSLATED = ip_network("64:ff9b::/96")
_OWN = frozenset({"localhost", "local", "internal", "lan", "arpa"})

NO_ADDRESS = Text(
    "请填写完整的网址，例如 https://example.com/certflow。",
    "Enter a whole address, such as https://example.com/certflow.",
)
NOT_SAFE = Text("网址应以 https:// 开头。", "The address must begin with https://.")
NO_LOGIN = Text(
    "网址里不要带用户名、密码或 # 片段。",
    "Leave a user name, a password and a # fragment out of the address.",
)
NOT_PUBLIC = Text(
    "这个地址在内部网络里，不能作为接收地址。", "This address is not on the public network."
)
UNKNOWN = Text("域名解析失败", "The name is unknown")
NOT_PUBLIC_NOW = Text("地址不在公共网络上", "The address is not public")


class Unreachable(AppError):
    """A name stands for no address, or for one that we do not call."""


def refused(parts: SplitResult | None, *, production: bool) -> Text | None:
    """Return why an address cannot be entered; None when it can."""
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return NO_ADDRESS
    if len(parts.geturl()) > LONGEST or not parts.geturl().isprintable() or " " in parts.geturl():
        return NO_ADDRESS
    if parts.username is not None or parts.password is not None or parts.fragment:
        return NO_LOGIN
    if not production:
        return None
    if parts.scheme != "https":
        return NOT_SAFE
    return NOT_PUBLIC if _is_own(parts.hostname) else None


def _is_own(host: str) -> bool:
    """Whether a name or number can only be meant inside a network ("localhost", "10.0.0.1")."""
    name = host.rstrip(".").lower()
    try:
        ip_address(name)
    except ValueError:
        last = name.rpartition(".")[2]
        number = last.isdigit() or last.startswith("0x")  # "2130706433" is an address too
        return "." not in name or number or last in _OWN
    return not is_public(name)


def resolved(url: str, *, production: bool) -> str:
    """Return the network address to call for a URL.

    Raises:
        Unreachable: its name stands for none, or in production for one that is not public.

    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(UNKNOWN) from error
    addresses = [str(one[4][0]) for one in found]
    if not addresses or (production and not all(is_public(one) for one in addresses)):
        raise Unreachable(NOT_PUBLIC_NOW)
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the public network, whatever it is wrapped in."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.sixtofour or found.teredo or found in _TRANSLATED:
            return False
    return found.is_global and not found.is_multicast

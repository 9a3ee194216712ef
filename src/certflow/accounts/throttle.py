"""Slows down the guessing of passwords without handing out a way to lock people out.

Failures of the last 15 minutes are counted three ways:

- one account from one address: 5, then that pair waits;
- one address, whatever the account: 30, then the address waits (one guess at many accounts);
- one account, whatever the address: 50, then new addresses wait (many addresses, one account).

An address from which the account has signed in during the last 90 days is exempt from the last
two: somebody else's guessing, from elsewhere or from the same office network, never keeps people
out of the place where they usually work. A browser in which the account has signed in before
(accounts.devices) counts for itself, whatever its address: who guesses beside it cannot use up
its tries. And a right captcha lifts the third limit to 300, since only people solve many of them:
so the owner gets in from a new place as well while others guess. Requests that run side by side may each pass the check
before the others are counted, so the limits hold give or take the number of server processes.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from certflow.accounts.models import LoginAttempt
from certflow.core.crypto import blind_index
from certflow.core.db import Session
from certflow.core.errors import TooMany
from certflow.core.text import Text

WINDOW = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)
PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 30, 50
PER_ACCOUNT_PROVED = 300
CAPTCHA_AFTER_ADDRESS = 10


class Guess(NamedTuple):
    """Whose password is tried and from where, both as keyed indexes.

    `known`: from a browser that counts for itself; `proved`: with a right captcha.
    """

    account: str
    address: str
    known: bool = False
    proved: bool = False


def guess(account: str, address: str, *, device: int | None = None, proved: bool = False) -> Guess:
    """Name a guess; an IPv6 address counts with its /64, since one line has them all.

    `device` is the id of a known browser of this very account.
    """
    place = f"device:{device}" if device is not None else network(address)
    account_index = blind_index("login", account)
    return Guess(account_index, blind_index("address", place), device is not None, proved)


def check(session: Session, tried: Guess, at: datetime) -> None:
    """Refuse the guess when too many have failed.

    Raises:
        TooMany: with the time to wait; nothing is counted then.

    """
    if locked(session, tried, at):
        raise TooMany(
            Text(
                "密码输错的次数太多。请 15 分钟后再试，或用短信验证码重设密码。",
                "Too many wrong passwords. Try again in 15 minutes, or set a new password by text "
                "message.",
            )
        )


def locked(session: Session, tried: Guess, at: datetime) -> bool:
    """Whether so many guesses have failed that the next one has to wait."""
    mine = LoginAttempt.account_index == tried.account
    here = LoginAttempt.address_index == tried.address
    failed = and_(LoginAttempt.succeeded.is_(False), LoginAttempt.at > at - WINDOW)
    known = and_(LoginAttempt.succeeded.is_(True), LoginAttempt.at > at - KNOWN_FOR, mine, here)
    pair, address, account, trusted = session.execute(
        select(
            _count(and_(failed, mine, here)),
            _count(and_(failed, here)),
            _count(and_(failed, mine)),
            _count(known),
        ).where(or_(mine, here))
    ).one()
    most = PER_ACCOUNT_PROVED if tried.proved else PER_ACCOUNT
    crowded = address >= PER_ADDRESS or account >= most
    return bool(pair >= PER_PAIR or (crowded and not trusted and not tried.known))


def failed_before(session: Session, tried: Guess, at: datetime) -> bool:
    """Whether a wrong password of this pair, or many of this address, call for a captcha."""
    mine = LoginAttempt.account_index == tried.account
    here = LoginAttempt.address_index == tried.address
    failed = and_(LoginAttempt.succeeded.is_(False), LoginAttempt.at > at - WINDOW, here)
    pair, address = session.execute(
        select(_count(and_(failed, mine)), _count(failed)).where(here)
    ).one()
    return bool(pair or address >= CAPTCHA_AFTER_ADDRESS)


def count(session: Session, tried: Guess, at: datetime, *, succeeded: bool) -> None:
    """Note how the guess went; a success clears what the same pair got wrong before."""
    if succeeded:
        session.execute(
            delete(LoginAttempt).where(
                LoginAttempt.account_index == tried.account,
                LoginAttempt.address_index == tried.address,
            )
        )
    session.add(
        LoginAttempt(
            account_index=tried.account,
            address_index=tried.address,
            succeeded=succeeded,
            at=at,
        )
    )
    session.flush()


def forget(session: Session, at: datetime) -> None:
    """Delete attempts that no limit looks at any more."""
    too_old = or_(
        LoginAttempt.at <= at - KNOWN_FOR,
        and_(LoginAttempt.succeeded.is_(False), LoginAttempt.at <= at - WINDOW),
    )
    session.execute(delete(LoginAttempt).where(too_old))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def network(address: str) -> str:
    """Return what counts as one place: an IPv4 address, the /64 of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else parsed.exploded[:19]
    return str(parsed)

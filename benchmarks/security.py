"""What can be counted about safety: probes tried, probes that got through.

Run ``python -m benchmarks.security``; ``--quick`` takes every fifth call of the long groups. The
guards (tests/guards) call the same probes, each with its control that shows a switched-off
protection. Prints a line a probe, what failed, and as its last line
{"groups": {"matrix": {"tried", "failed"}, ...}}.
"""

import argparse
import contextlib
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the guards' people and probes

from benchmarks.security_concealed import concealed
from benchmarks.security_rotation import rotated
from benchmarks.security_uploads import heaviest, names
from benchmarks.uploads import corpus, judge
from certflow.app import create_app
from certflow.core import clock
from certflow.core import settings as settings_
from certflow.core.limits import limiter
from certflow.core.screening import screen
from factories import house as houses
from factories.cast import START
from factories.databases import make_settings
from factories.house import House
from factories.probing import browsing, calling, guessing, planted, submitting, tampering, telling
from factories.probing.starting import refusals
from factories.probing.tally import Tally

Group = Callable[[House, int], Iterator[tuple[str, Tally]]]


def matrix(house: House, every: int) -> Iterator[tuple[str, Tally]]:
    """Who may call what: the list, and calls by everybody who may not."""
    listed = calling.reviewed()
    yield "routes listed as declared", Tally(len(listed), calling.differences(house.app, listed))
    with unguarded(house):
        yield "calls by people who may not", calling.outsiders(house, listed, every)


def idor(house: House, every: int) -> Iterator[tuple[str, Tally]]:
    """Others' belongings: asked for by their addresses, looked for on pages; concealed names."""
    listed = calling.reviewed()
    with unguarded(house):
        before = house.digest()
        yield "others' things asked for", calling.strangers(house, listed, every)
        yield "what that changed", Tally(1, [] if house.digest() == before else ["rows"])
        if every == 1:
            yield "pages with others' marks", calling.pages_of_strangers(house, listed)
    yield from concealed(quick=every > 1)


def csrf(house: House, _every: int) -> Iterator[tuple[str, Tally]]:
    """Forged requests, redirects off the site, false hosts."""
    yield "posts without a good token", browsing.forgeries(house)
    yield "redirects off the site", browsing.off_site(house)
    yield "false hosts", browsing.false_hosts(house)


def headers(house: House, every: int) -> Iterator[tuple[str, Tally]]:
    """Headers and inline scripts on every answer, reading that writes, sessions, cookies, the start."""
    who = browsing.visits(house)
    before = house.digest()
    looked, _scripts = browsing.readings(
        house, who[::3] if every > 1 else who, 40 if every > 1 else 70
    )
    yield "answers without headers, broken or with scripts", looked
    changed = house.digest() != before
    yield "reading that changes something", Tally(looked.tried, ["rows"] if changed else [])
    yield "sessions and cookies", browsing.sessions(house)
    plain = settings_.current()
    app = create_app(replace(plain, mode="production", base_url="https://example.org"))
    yield "cookies and transport in production", browsing.cookies_in_production(app)
    settings_.install(plain)
    yield "unsafe settings that production starts with", refusals()


def brute_force(house: House, every: int) -> Iterator[tuple[str, Tally]]:
    """Guessing and flooding under the limits; what answers tell by words and by time."""
    app, login, times = house.app, "stranger.teacher", 200 if every > 1 else 1000
    at = clock.now()
    found, guesses = guessing.passwords(app, login, at, times)
    second, of_second = guessing.second_factors(app, login, at)
    texts, of_texts = guessing.text_codes(app, at, times)
    for told in (*guesses, of_second, of_texts):
        print(f"  {told}")
    print(f"  chance to guess an authenticator: {of_second.looked_at * 96 * 3 / 10**6:.2%} a day")
    print(f"  chance to guess a phone's code: {of_texts.looked_at / 10**6:.4%} a day")
    yield "passwords; owners locked out", found
    yield "authenticator codes", second
    yield "codes of one phone", texts
    yield "messages beyond the budgets", guessing.flooding(app, at, times)
    yield "codes used wrongly", guessing.misused_codes(app, at)
    yield "captchas", guessing.captchas(app, at)
    yield "answers that tell who is registered", telling.same_words(house)
    apart = telling.same_time(app, login, at, 5 if every > 1 else 25)
    slow = [f"{apart:.1f} ms"] if apart >= telling.BAR_MS else []
    yield f"time that tells, {apart:.2f} ms", Tally(1, slow)


def uploads(_house: House, every: int) -> Iterator[tuple[str, Tally]]:
    """Hostile files and names: wrongly stored; what the largest ones cost a fresh process."""
    tried, executed, accepted = judge(corpus(), screen)
    yield "hostile files stored wrongly", Tally(tried, ["stored"] * max(executed, accepted))
    yield "names that are kept as they are", names()
    yield "files that cost too much", heaviest(quick=every > 1)


def pii(house: House, every: int) -> Iterator[tuple[str, Tally]]:
    """Planted personal data in logs, addresses, queue, files, database; keys rotated while writing."""
    places = planted.run(house, 15 if every > 1 else 60)
    print(f"  {len(places.logs.splitlines())} log lines, {len(places.urls)} addresses")
    yield "planted data found", planted.search(house, places)
    yield "values lost while keys were rotated", rotated(house, 3 if every > 1 else 10)


def audit(house: House, every: int) -> Iterator[tuple[str, Tally]]:
    """Changes that the trail does not tell of; tampering that is not seen."""
    tampering.seal(house.app)
    yield "tampering that is not seen", tampering.tamperings(house.app, 2 if every > 1 else 6)
    with unguarded(house):
        who = browsing.visits(house)[:: 2 if every > 1 else 1]
        found, wrote = submitting.submissions(house, 1 if every > 1 else 6, who)
    print(f"  forms of {len(wrote)} routes wrote something")
    yield "writes without a row in the trail", found


GROUPS: dict[str, Group] = {
    "matrix": matrix,
    "idor": idor,
    "csrf": csrf,
    "uploads": uploads,
    "pii": pii,
    "audit": audit,
    "brute_force": brute_force,
    "headers": headers,
}
"""In the order in which they are printed; what changes the house comes last (`LATE`)."""
LATE = ("pii", "audit")


@contextlib.contextmanager
def unguarded(house: House) -> Iterator[None]:
    """Let calls through to the check of access: without the one against forged requests."""
    house.app.config["WTF_CSRF_ENABLED"] = False
    try:
        yield
    finally:
        house.app.config["WTF_CSRF_ENABLED"] = True


@dataclass
class Options:
    """Which groups, and of how many calls of the long ones each takes one."""

    every: int
    only: list[str]


def run(options: Options) -> dict[str, Tally]:
    """Build the house and let every group probe it."""
    found: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        limiter.enabled = False
        with houses.built(make_settings(f"sqlite:///{folder}/house.db", folder)) as house:
            clock.freeze(START)
            for group in sorted(options.only, key=lambda one: one in LATE):
                found[group] = _probe(group, house, options.every)
    return found


def _probe(group: str, house: House, every: int) -> Tally:
    total = Tally()
    begun = time.perf_counter()
    print(f"{group}:")
    for what, tally in GROUPS[group](house, every):
        print(f"  {what}: {len(tally.failed)} of {tally.tried}", flush=True)
        for line in tally.failed[:20]:
            print(f"    {line}")
        total += tally
    print(f"  {time.perf_counter() - begun:.1f} s")
    return total


def main() -> None:
    """Probe and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="every fifth call of long groups")
    arguments.add_argument("--only", nargs="+", choices=list(GROUPS), default=list(GROUPS))
    options = arguments.parse_args()
    logging.disable(logging.DEBUG)
    found = run(Options(5 if options.quick else 1, options.only))
    figures = {name: found[name].figures() for name in GROUPS if name in found}
    print(json.dumps({"groups": figures}))


if __name__ == "__main__":
    main()

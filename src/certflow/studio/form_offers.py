"""What a form may name that is registered in Python, with words for who designs it (H2)."""

from dataclasses import replace

from certflow.accounts.roles import ROLES
from certflow.cases.described import Register
from certflow.core.text import NOTHING, Text
from certflow.studio.vocabulary import Word, described

MEMBERS = "members"
"""The choice that wants a role behind it: `members:<role>`."""
_KINDS: dict[str, Register] = {
    "choices": "choice",
    "checks": "check",
    "exhibits": "exhibit",
    "starts_from": "starting",
}


def offers(key: str) -> dict[str, list[Word]]:
    """Return what there is to choose from, by what a form calls it, each with its words.

    `own` tells what is of use in the process `key`: what another service brought is known here
    for its words, but looks at that service's answers.
    """
    found = {what: described(kind) for what, kind in _KINDS.items()}
    plain = [one for one in found["choices"] if one.name != MEMBERS]
    listed = {**found, "choices": [*plain, *_members()]}
    return {
        what: [replace(one, more={"own": _own(key, one.name)}) for one in words]
        for what, words in listed.items()
    }


def _own(key: str, name: str) -> bool:
    service, dot, _ = name.partition(".")
    return not dot or service in {key, "cases"}


def _members() -> list[Word]:
    """Offer who holds a role that works on cases, a choice for each role."""
    return [
        Word(
            f"{MEMBERS}:{role.key}",
            Text(f"担任“{role.title.zh}”的人员", f"Who holds the role {role.title.en}"),
        )
        for role in ROLES.values()
        if role.side != "portal"
    ]


def titles(kind: str, names: tuple[str, ...], locale: str) -> list[str]:
    """Return what registered names are called in a language; an unknown one stays as it is."""
    known = {one.name: one.title for one in described(_KINDS[kind])}
    return [known.get(name, NOTHING).of(locale) or name for name in names]

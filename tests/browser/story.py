"""Steps that several browser tests take: choose, fill in, submit."""

import re

from browser.pages import Person, tick

FIRST_BODY = "1"
"""The body of whose people the story tells (demo/people.py BODIES[0])."""


def begin(person: Person, mode: str = "first_intern", payer: str = "person") -> None:
    """Find the service, choose field, mode, speciality and payer, and run the self-check."""
    person.open("/services").page.click('form[action="/services/registration/start"] button')
    choose(person, mode, payer)


def choose(person: Person, mode: str = "first_intern", payer: str = "person") -> None:
    """Answer the first form and run the self-check."""
    person.select("field", "QMS")
    person.choose("mode", mode)
    person.go_on()
    tick(person.page.locator('input[name="specialities"]').first)
    person.select("organisation", FIRST_BODY)
    person.choose("payer", payer)
    person.finish("submit")


def fill(person: Person) -> None:
    """Fill the application from the profile library and get to its last page."""
    for kind in ("education", "employment", "professional_employment", "audit", "cpd", "witness"):
        person.pick(kind)
        person.go_on()


def submit(person: Person) -> str:
    """Declare, look everything over once more, submit; return the case number."""
    for name in ("truthful", "conduct", "consent"):
        person.choose(name, "true")
    person.finish("submit")
    person.shoot("confirm", phone=True)
    person.finish("submit")
    found = re.search(r"\b\d{14}\b", person.text)
    assert found, person.text
    return found.group(0)

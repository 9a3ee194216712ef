"""A draft is settled once: by then nobody changes it any more, nor approves their own work (H3)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from certflow.core import clock
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import Conflict
from certflow.notifications.models import Notice
from certflow.studio import drafts, releasing
from certflow.studio.drafts import PartChanged
from certflow.studio.models import Draft
from certflow.studio.release_errors import OwnRequest
from factories.cast import START, publish_shipped
from factories.studio import acting, make_designer

KEY = "feedback"
People = Callable[[str], Actor]


@pytest.fixture
def person(session: Session) -> People:
    clock.freeze(START)
    publish_shipped(session, KEY)
    may = frozenset({"edit", "approve", "publish"})

    def make(login: str) -> Actor:
        return replace(acting(make_designer(session, login, "approve")), permissions=may)

    return make


def changed(session: Session, who: Actor, rank: int = 7) -> Draft:
    draft = drafts.begin_from(session, who, KEY)
    part = drafts.part(session, draft, "service")
    drafts.save(session, who, draft, "service", {**part.content, "rank": rank}, part.revision)
    return draft


def test_nobody_approves_what_they_wrote_themselves(session: Session, person: People) -> None:
    wrote, asked, third = person("wrote"), person("asked"), person("third")
    changed(session, wrote)
    release = releasing.ask(session, asked, KEY, "改了次序")
    assert release.authors == [wrote.user_id]
    with pytest.raises(OwnRequest, match="your own"):
        releasing.approve(session, wrote, release.id)
    told = set(session.scalars(select(Notice.user_id).where(Notice.kind == "release")))
    assert told == {third.user_id}
    assert releasing.approve(session, third, release.id).state == "approved"


def test_who_only_opened_the_draft_may_approve(session: Session, person: People) -> None:
    opened, wrote = person("opened"), person("wrote")
    drafts.begin_from(session, opened, KEY)
    changed(session, wrote)
    release = releasing.ask(session, wrote, KEY, "改了次序")
    assert releasing.approve(session, opened, release.id).state == "approved"


def test_whoever_removed_a_part_has_written_too(session: Session, person: People) -> None:
    removed, asked = person("removed"), person("asked")
    draft = drafts.begin_from(session, asked, KEY)
    name = next(one for one in drafts.parts(session, draft) if one.startswith("scenario:"))
    revision = drafts.part(session, draft, name).revision
    drafts.save(session, removed, draft, name, None, revision)
    assert drafts.authors(session, draft) == [removed.user_id]


def test_a_draft_settled_meanwhile_takes_no_change(session: Session, person: People) -> None:
    who = person("wrote")
    draft = changed(session, who)
    settled = update(Draft).values(state="released")
    session.execute(settled.execution_options(synchronize_session=False))  # by another, just now
    with pytest.raises(Conflict, match="not saved"):
        drafts.save(session, who, draft, "form:new", {"key": "new"}, 0)


def test_of_two_who_save_a_new_part_first_the_second_is_told(
    session: Session, person: People
) -> None:
    draft = changed(session, person("one"))
    drafts.save(session, person("two"), draft, "form:new", {"key": "new"}, 0)
    with pytest.raises(PartChanged):
        drafts.save(session, person("three"), draft, "form:new", {"key": "other"}, 0)


def test_a_draft_whose_publication_was_asked_for_is_not_given_up(
    session: Session, person: People
) -> None:
    who = person("wrote")
    draft = changed(session, who)
    release = releasing.ask(session, who, KEY, "改了次序")
    with pytest.raises(Conflict, match="Withdraw"):
        drafts.discard(session, who, draft, "不要了")
    releasing.withdraw(session, who, release.id)
    drafts.discard(session, who, draft, "不要了")
    assert draft.state == "discarded"

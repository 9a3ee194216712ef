"""A case with everything a page about it shows, read once and through the reader's eyes (B5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from certflow.accounts.queries import get_organisation
from certflow.calendar.queries import DeadlineClock, clocks_of
from certflow.cases import queries, scope
from certflow.cases.answering import exhibits_of, options_of, root_of
from certflow.cases.concealing import conceals
from certflow.cases.evidence import disclosed_files, files_of
from certflow.cases.letters import letters_of
from certflow.cases.linking import Linked, links_of
from certflow.cases.models import Answer, Case, CaseLetter, Comment, HumanTask
from certflow.cases.people import People, in_order
from certflow.cases.reading import MaskingReader, file_infos
from certflow.cases.registry import PARTY, Exhibit
from certflow.cases.turn import Turn
from certflow.cases.versions import Loaded, loaded
from certflow.core import audit
from certflow.core.actor import Actor
from certflow.core.audit import AuditEvent
from certflow.core.db import Session
from certflow.core.files import StoredFile
from certflow.core.text import Text
from certflow.forms.parts import FormDefinition
from certflow.payments.models import Order
from certflow.payments.queries import orders_of_case


@dataclass(frozen=True)
class Dossier:
    """One case for one reader. Answers the reader may not see yet are in `answers` but not `open`.

    A `blind` one holds nothing but what its reader's blind task shows.
    """

    case: Case
    loaded: Loaded
    reader: Actor
    at: datetime
    people: People
    voice: MaskingReader
    tasks: Sequence[HumanTask] = ()
    answers: Sequence[Answer] = ()
    events: Sequence[AuditEvent] = ()
    comments: Sequence[Comment] = ()
    files: Sequence[StoredFile] = ()
    orders: Sequence[Order] = ()
    letters: Sequence[CaseLetter] = ()
    links: Sequence[Linked] = ()
    blind: bool = False
    clocks: Mapping[str, DeadlineClock] = field(default_factory=dict)

    @cached_property
    def open_tasks(self) -> list[HumanTask]:
        """The tasks that wait for somebody."""
        return [task for task in self.tasks if task.state == "open"]

    @property
    def waited_for(self) -> list[Case]:
        """The called cases for which this one waits, as far as the reader may see them."""
        elements = self.loaded.definition.elements
        waits = any(elements[one].kind == "callActivity" for one in self.case.stages)
        return [one.case for one in self.links if one.waited_for] if waits else []

    @cached_property
    def mine(self) -> list[HumanTask]:
        """The open tasks that wait for the reader."""
        return [task for task in self.open_tasks if scope.has(self.reader, task)]

    @cached_property
    def claimable(self) -> list[HumanTask]:
        """The open tasks that the reader may take."""
        pools = scope.pools_of(self.reader)
        own = self.reader.user_id == self.case.applicant_id
        return [
            task
            for task in self.open_tasks
            if task.assignee_id is None
            and task.pool in pools
            and (task.role == "applicant" or not own)
        ]

    @property
    def own(self) -> bool:
        """Whether the reader filed the case, or acts for the organisation that did."""
        return scope.is_applicant(self.reader, self.case)

    @property
    def submitted_form(self) -> FormDefinition | None:
        """The form with which the case is submitted: what the application is."""
        element = self.loaded.definition.elements.get(str(self.loaded.settings.get("submit", "")))
        return self.loaded.forms.get(element.form) if element else None

    def versions_of(self, form: str) -> list[Answer]:
        """Return the answers that hold a form's data, oldest first."""
        return [one for one in self.answers if one.form == form]

    def disclosed(self, answer: Answer) -> bool:
        """Whether the reader may read an answer now.

        What experts wrote is opened to applicant, body and the other experts when the
        association has concluded on it (service.json `concludes`); refusals to judge never are.
        """
        if answer.actor_role != "expert" or answer.actor_id == self.reader.user_id:
            return True
        if not (self.people.blind or self.reader.role == "expert"):
            return True
        if answer.outcome == "decline":
            return False
        return self.case.state == "closed" or answer.id < self._concluded

    @cached_property
    def _concluded(self) -> int:
        elements = set(self.loaded.settings.get("concludes", []))
        done = {task.id for task in self.tasks if task.element in elements}
        return max((one.id for one in self.answers if one.task_id in done), default=0)


def open_dossier(
    session: Session, actor: Actor, case_id: int, at: datetime, locale: str, link: Any = None
) -> Dossier:
    """Read a case for a reader; `link` turns a file's id into its address.

    Raises:
        NotFound: when the case is not for this actor's eyes.

    """
    case = queries.get_case(session, actor, case_id)
    version = loaded(session, case.version_id)
    tasks = queries.all_tasks(session, case.id)
    answers = queries.answers(session, case.id)
    events = audit.events(session, case.chain_key)
    comments = queries.comments_of(session, actor, case.id)
    files, letters = _papers(session, actor, case, tasks)
    return Dossier(
        case=case,
        loaded=version,
        reader=actor,
        at=at,
        people=people_of(session, actor, case, tasks, events, comments),
        voice=MaskingReader(
            locale,
            _choices(session, case, actor, version, tasks, answers),
            file_infos(files, link),
        ),
        tasks=tasks,
        answers=answers,
        events=events,
        comments=comments,
        files=files,
        orders=orders_of_case(session, case.id),
        letters=letters,
        links=links_of(session, actor, case.id),
        clocks=clocks_of(session, [case.id], at).get(case.id, {}),
    )


def _papers(
    session: Session, actor: Actor, case: Case, tasks: Sequence[HumanTask]
) -> tuple[list[StoredFile], list[CaseLetter]]:
    """Return the files and letters of a case that are for a reader."""
    files, letters = files_of(session, case.id), letters_of(session, case.id)
    settings = loaded(session, case.version_id).settings
    if scope.is_applicant(actor, case) and settings.get("conceals_applicant"):
        # The other side's statement and the inquiry are not for whoever complained either.
        sent = _senders(case, tasks)
        files = [one for one in files if one.owner_id in sent]
        letters = [one for one in letters if one.to != PARTY]
    if conceals(session, actor, case):  # a letter names whom it is for
        letters = [one for one in letters if one.to == PARTY]
    return files, letters


def exhibits_beside(session: Session, dossier: Dossier) -> list[Exhibit]:
    """Return the tables that belong beside the application, for reading (Exhibit)."""
    form = dossier.submitted_form
    if form is None or not form.exhibits:
        return []
    turn = Turn(session, dossier.case, dossier.reader, dossier.loaded)
    turn.restore()
    return exhibits_of(turn.step(), form)


def blind_dossier(
    session: Session, actor: Actor, task: HumanTask, at: datetime, locale: str, link: Any = None
) -> Dossier:
    """Read for who does a blind task what it discloses: no people, no story, no application."""
    case = task.case
    own = queries.answers_of_task(session, task.id)
    return Dossier(
        case=case,
        loaded=loaded(session, case.version_id),
        reader=actor,
        at=at,
        people=People(
            names=queries.names_of(session, [one.actor_id for one in own]),
            reader_role=actor.role,
            reader_id=actor.user_id,
            concealed=frozenset({case.applicant_id}),
        ),
        voice=MaskingReader(locale, {}, file_infos(disclosed_files(session, case.id), link)),
        tasks=[task],
        answers=own,
        blind=True,
    )


def people_of(
    session: Session,
    actor: Actor,
    case: Case,
    tasks: Sequence[HumanTask],
    events: Sequence[AuditEvent] = (),
    comments: Sequence[Comment] = (),
) -> People:
    """Return the people of a case as the actor may know them."""
    ids = {case.applicant_id, *(task.assignee_id for task in tasks)}
    ids |= {event.actor_id for event in events} | {one.author_id for one in comments}
    ids |= {value for event in events for value in _assignees(event)}
    return People(
        names=queries.names_of(session, [one for one in ids if one is not None]),
        experts=in_order(task.assignee_id for task in tasks if task.role == "expert"),
        body=_named(session, case.organisation_id),
        bodies=_bodies(session, case, tasks),
        # In one's own case one is the applicant, whatever role one has switched to.
        reader_role="applicant" if scope.is_applicant(actor, case) else actor.role,
        reader_id=actor.user_id,
        concealed=_senders(case, tasks) if conceals(session, actor, case) else frozenset(),
    )


def _senders(case: Case, tasks: Sequence[HumanTask]) -> frozenset[int]:
    """Return the applicant, and the colleagues who act for the organisation that filed a case."""
    sent = [one for one in tasks if one.role == "applicant"]
    known = {one.closed_by for one in sent} | {one.assignee_id for one in sent}
    return frozenset({case.applicant_id, *(who for who in known if who is not None)})


def _bodies(session: Session, case: Case, tasks: Sequence[HumanTask]) -> dict[int, Text]:
    """Return the body of who worked on a case for another one than the case's (D2)."""
    worked = {task.assignee_id: task.pool.partition("@")[2] for task in tasks if task.assignee_id}
    others = {who: int(of) for who, of in worked.items() if of and int(of) != case.organisation_id}
    found = {who: _named(session, of) for who, of in others.items()}
    return {who: text for who, text in found.items() if who and text}


def _named(session: Session, organisation_id: int | None) -> Text | None:
    body = get_organisation(session, organisation_id) if organisation_id else None
    return Text(body.name, body.name_en or body.name) if body else None


def _assignees(event: AuditEvent) -> list[int | None]:
    sides = [event.before, event.after]
    return [side.get("assignee") for side in sides if isinstance(side, dict)]


def _choices(
    session: Session,
    case: Case,
    actor: Actor,
    version: Loaded,
    tasks: Sequence[HumanTask],
    answers: Sequence[Answer],
) -> dict[str, Any]:
    """Return the run-time options that the applicant's own answers need to be read."""
    filed = {task.id for task in tasks if task.role == "applicant"}
    forms = {
        root_of(form)
        for one in answers
        if one.task_id in filed and (form := version.forms.get(one.task_form))
    }
    if not any(version.forms[name].sources for name in forms):
        return {}
    turn = Turn(session, case, actor, version)
    turn.restore()
    step = turn.step()
    return {
        source: options
        for name in forms
        for source, options in options_of(step, version.forms[name]).items()
    }

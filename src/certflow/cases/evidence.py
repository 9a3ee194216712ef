"""Evidence files of a case: which an answer may name, who may read them (design §6)."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from sqlalchemy import or_, select

from certflow.cases.models import Case, CaseFile, HumanTask
from certflow.cases.scope import reachable, visible
from certflow.cases.turn import Turn
from certflow.core.actor import Actor
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.files import StoredFile
from certflow.core.text import Text
from certflow.forms.parts import FormDefinition

FOREIGN = Text("请重新上传这个文件。", "Please upload this file again.")


def attach(turn: Turn, form: FormDefinition, data: Mapping[str, Any]) -> dict[str, Text]:
    """Tie the files that an answer names to its case.

    Returns a sentence at every field that names a file which is neither the actor's own nor
    already the case's: an id cannot be guessed into somebody else's document. A form that
    discloses takes the actor's own uploads only, under neutral names.
    """
    named = dict(files_in(form, data))
    if not named:
        return {}
    session, case = turn.session, turn.case
    tied = set(session.scalars(select(CaseFile.file_id).where(CaseFile.case_id == case.id)))
    theirs = StoredFile.id.in_(named), StoredFile.owner_id == turn.actor.user_id
    own = {file.id: file for file in session.scalars(select(StoredFile).where(*theirs))}
    session.add_all(
        CaseFile(case_id=case.id, file_id=file_id, disclosed=form.discloses)
        for file_id in named
        if file_id in own and file_id not in tied
    )
    if form.discloses:
        _neutral_names([own[file_id] for file_id in named if file_id in own])
        tied = set()
    known = tied | own.keys()
    return {path: FOREIGN for file_id, path in named.items() if file_id not in known}


def _neutral_names(files: Iterable[StoredFile]) -> None:
    """Call files 材料 1, 材料 2: the name of a file may tell whose it is (D4)."""
    for number, file in enumerate(files, start=1):
        file.name = f"材料 {number}{PurePath(file.name).suffix}"


def files_in(form: FormDefinition, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (file id, path of its field) for every file that an answer names."""
    for name, field in form.answered.items():
        if field.widget == "file":
            yield from ((file_id, name) for file_id in data.get(name) or [])
        if field.record is not None:
            for row in data.get(name) or []:
                for file_id, path in files_in(field.record, row):
                    yield file_id, f"{name}/{row['id']}/{path}"


def readable_file(session: Session, actor: Actor, file_id: str) -> StoredFile:
    """Return a file that the actor owns or that belongs to a case the actor may see.

    Raises:
        NotFound: in every other case, whether the file exists or not.

    """
    found = readable_files(session, actor, [file_id]).get(file_id)
    if found is None:
        raise NotFound
    return found


def readable_files(
    session: Session, actor: Actor, file_ids: Iterable[str]
) -> dict[str, StoredFile]:
    """Return those of the named files that the actor may read, by id."""
    cases = select(CaseFile.file_id).join(Case, Case.id == CaseFile.case_id).where(visible(actor))
    blind = select(HumanTask.case_id).where(HumanTask.blind, reachable(actor))
    disclosed = select(CaseFile.file_id).where(CaseFile.disclosed, CaseFile.case_id.in_(blind))
    mine = or_(
        StoredFile.owner_id == actor.user_id,
        StoredFile.id.in_(cases),
        StoredFile.id.in_(disclosed),
    )
    query = select(StoredFile).where(StoredFile.id.in_(set(file_ids)), mine)
    return {file.id: file for file in session.scalars(query)}


def disclosed_files(session: Session, case_id: int) -> list[StoredFile]:
    """Return the files that blind tasks of a case may show."""
    query = select(StoredFile).join(CaseFile, CaseFile.file_id == StoredFile.id)
    return list(session.scalars(query.where(CaseFile.case_id == case_id, CaseFile.disclosed)))


def files_of(session: Session, case_id: int) -> list[StoredFile]:
    """Return the evidence files of a case, in the order of their upload."""
    query = select(StoredFile).join(CaseFile, CaseFile.file_id == StoredFile.id)
    rows = query.where(CaseFile.case_id == case_id).order_by(StoredFile.created_at, StoredFile.id)
    return list(session.scalars(rows))

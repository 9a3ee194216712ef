"""Who did what in a case, as a reader may know it: experts are numbers to those they judge."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from certflow.accounts.roles import ORGANISATION_ROLES
from certflow.core.text import Text

BLIND = frozenset({"applicant", "body_staff", "body_admin"})
"""Roles to which the names of experts are never shown (catalogue C5)."""

CONFIDENTIAL = Text("申请人（保密）", "Applicant (confidential)")
SYSTEM_NAME = Text("系统", "The platform")
_EXPERT = Text("评价专家 {number}", "Expert {number}")
_SOMEBODY = Text("经办人", "A colleague")
_SIDES = {
    "reviewer": Text("协会", "Association"),
    "approver": Text("协会批准人", "Approver of the association"),
    "finance": Text("协会财务", "Finance of the association"),
    "expert": Text("评价专家", "Expert"),
    "process_admin": Text("流程管理员", "Process administrator"),
    "system_admin": Text("系统管理员", "System administrator"),
    "regulator": Text("监管部门", "Regulator"),
}


@dataclass(frozen=True)
class People:
    """Names by user id, the experts in the order of their assignment, and who reads.

    `body` is the case's, `bodies` those of people who work for another one.
    `concealed` are the applicant, and colleagues, whose name is not for this reader (catalogue D4).
    """

    names: Mapping[int, str] = field(default_factory=dict)
    experts: tuple[int, ...] = ()
    body: Text | None = None
    reader_role: str = "applicant"
    reader_id: int | None = None
    concealed: frozenset[int] = frozenset()
    bodies: Mapping[int, Text] = field(default_factory=dict)

    @property
    def blind(self) -> bool:
        """Whether the reader may not know who the experts are."""
        return self.reader_role in BLIND

    def name(self, user_id: int | None, role: str = "") -> Text:
        """Return a person's name, or the number of an expert whom the reader may not know."""
        if user_id is None:
            return SYSTEM_NAME
        if user_id in self.concealed:
            return CONFIDENTIAL
        if self.hidden(user_id, role):
            return self.number(user_id)
        return Text.read(self.names.get(user_id, _SOMEBODY))

    def hidden(self, user_id: int | None, role: str = "") -> bool:
        """Whether this person's name is kept from the reader."""
        expert = role == "expert" or (not role and user_id in self.experts)
        return self.blind and expert and user_id != self.reader_id

    def number(self, user_id: int) -> Text:
        """Return what an expert is called: 评价专家 1."""
        place = self.experts.index(user_id) + 1 if user_id in self.experts else 0
        return _EXPERT.filled(number=place or "")

    def signed(self, user_id: int | None, role: str) -> Text:
        """Return name and side: "顾南乔，协会"; of a hidden expert and an applicant the name alone."""
        name = self.name(user_id, role)
        of_body = role in ORGANISATION_ROLES
        side = self.bodies.get(user_id or 0, self.body) if of_body else _SIDES.get(role)
        unknown = user_id is None or user_id in self.concealed or self.hidden(user_id, role)
        if side is None or unknown:
            return name
        return Text(f"{name.zh}，{side.zh}", f"{name.en}, {side.en}")


def in_order(user_ids: Iterable[int | None]) -> tuple[int, ...]:
    """Return each id once, in the order of its first appearance."""
    return tuple(dict.fromkeys(one for one in user_ids if one is not None))

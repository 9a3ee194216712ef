"""The roles a user can hold (catalogue A10)."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from certflow.core.text import Text

Side = Literal["portal", "office", "admin"]


class Role(NamedTuple):
    """One role.

    `side` is the part of the site where its work lies; `landing` is the name of the
    endpoint shown after a login or a switch to the role.
    """

    key: str
    title: Text
    side: Side
    landing: str


_PORTAL = "portal.home"
_OFFICE = "office.inbox"
_ADMIN = "admin.home"

_ALL = (
    Role("applicant", Text("申请人", "Applicant"), "portal", _PORTAL),
    Role("expert", Text("评价专家", "Expert"), "office", _OFFICE),
    Role("body_staff", Text("机构工作人员", "Body staff"), "office", _OFFICE),
    Role("body_admin", Text("机构管理员", "Body administrator"), "office", _OFFICE),
    Role(
        "body_pending",
        Text("入驻申请人", "Signing up an organisation"),
        "portal",
        "portal.cases",
    ),
    Role("reviewer", Text("协会评价人员", "Association reviewer"), "office", _OFFICE),
    Role("approver", Text("批准人", "Approver"), "office", _OFFICE),
    Role("finance", Text("财务", "Finance"), "office", "office.vouchers"),
    Role("exam_office", Text("考试管理", "Exam office"), "office", _OFFICE),
    Role("training_office", Text("培训管理", "Training office"), "office", _OFFICE),
    Role("complaints_office", Text("申投诉管理", "Complaints office"), "office", _OFFICE),
    Role("teacher", Text("教师", "Teacher"), "portal", _PORTAL),
    Role("process_admin", Text("流程管理员", "Process administrator"), "admin", _ADMIN),
    Role("system_admin", Text("系统管理员", "System administrator"), "admin", _ADMIN),
    Role("regulator", Text("监管部门", "Regulator"), "office", "office.cases"),
)

ROLES: dict[str, Role] = {role.key: role for role in _ALL}
"""Every role by key, in the order in which a user's roles are listed."""

ORGANISATION_ROLES = frozenset({"body_staff", "body_admin", "body_pending"})
"""Roles that mean nothing without the organisation for which they are held."""

PERMISSIONS: dict[str, dict[str, Text]] = {
    "process_admin": {
        "edit": Text("设计流程", "Design processes"),
        "approve": Text("审批发布", "Approve publishing"),
        "publish": Text("发布和回退", "Publish and roll back"),
        "migrate": Text("迁移在办业务", "Move running cases"),
        "operate": Text("运行操作", "Operate cases"),
    }
}
"""What a system administrator can allow to holders of a role; without any they only look (H3-H8)."""

WORKING = tuple(role for role in ROLES if role != "regulator")
"""Roles that can hold tasks, in the order of `ROLES`; the regulator only looks on."""


FILING_ROLES = ("applicant", "body_staff", "body_admin", "body_pending")
"""Roles in which one files cases: for oneself, or for one's organisation."""


def in_order(keys: Iterable[str]) -> tuple[str, ...]:
    """Sort role keys as `ROLES` lists them; unknown keys are left out."""
    held = set(keys)
    return tuple(key for key in ROLES if key in held)

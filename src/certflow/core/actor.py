"""Who acts. Passed to every operation; there is no hidden current user below the edge."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work in one of their roles, or the platform itself.

    `role` is the one they act in now, `roles` all they hold; `organisation_id` belongs to the
    present role, `person_id` is set for people who can apply; `permissions` are what their present
    role lets them do beyond looking.
    """

    user_id: int | None
    name: str
    role: str
    organisation_id: int | None = None
    person_id: int | None = None
    locale: str = "zh"
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    must_change_password: bool = False

    @property
    def words(self) -> frozenset[str]:
        """What views ask for: the role, and "role:permission" for each permission."""
        return frozenset({self.role, *(f"{self.role}:{one}" for one in self.permissions)})

    @property
    def is_system(self) -> bool:
        """Whether the platform itself acts: a timer, a payment notice."""
        return self.user_id is None


SYSTEM = Actor(None, "系统", "system")

"""The applicants' side: home, services, my cases, certificates, profile library, payments."""

from certflow.web.portal import (
    cases,
    certificates,
    credit,
    exams,
    home,
    my_data,
    payments,
    profile,
    road,
    services,
)
from certflow.web.portal.blueprint import blueprint

__all__ = [
    "blueprint",
    "cases",
    "certificates",
    "credit",
    "exams",
    "home",
    "my_data",
    "payments",
    "profile",
    "road",
    "services",
]

"""The applicants' side: home, services, my cases, certificates, profile library, payments."""

from certflow.web.portal import cases, certificates, home, payments, profile, services
from certflow.web.portal.blueprint import blueprint

__all__ = ["blueprint", "cases", "certificates", "home", "payments", "profile", "services"]

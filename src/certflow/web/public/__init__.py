"""Pages for everybody: the front door, the certificate check, health."""

from certflow.web.public import certificates, front, health
from certflow.web.public.blueprint import blueprint

__all__ = ["blueprint", "certificates", "front", "health"]

"""Which provider this installation pays through, built from its settings."""

from certflow.core import settings
from certflow.payments.gateways import Gateway
from certflow.payments.gateways.sandbox import SandboxGateway


def present_gateway() -> Gateway:
    """Return the gateway of the settings this process runs with."""
    now = settings.current()
    return SandboxGateway(now.gateway_url, now.gateway_secret, now.merchant)

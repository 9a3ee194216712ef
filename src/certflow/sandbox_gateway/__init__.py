"""The sandbox gateway: a separate small server that plays a payment provider (E6).

It moves no money. It shows a payment page, signs and posts notices to the platform, answers
queries, refunds and daily bills, and lets a tester pay, fail, close, and repeat a notice.
"""

from certflow.sandbox_gateway.server import create_gateway, run_gateway

__all__ = ["create_gateway", "run_gateway"]

"""Pages for workers: inbox, cases, statistics, payments of a body, finance."""

from certflow.web.office import cases, inbox, orders, statistics, vouchers
from certflow.web.office.area import blueprint

__all__ = ["blueprint", "cases", "inbox", "orders", "statistics", "vouchers"]

"""The case page: one case, for every role that may see it (catalogue B5, B9, B13)."""

from certflow.web.cases import check, page, papers, words  # noqa: F401 - register the views
from certflow.web.cases.blueprint import blueprint

__all__ = ["blueprint"]

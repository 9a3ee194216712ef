"""Unit tests reach no database, socket or clock of their own."""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket

from certflow.core import clock


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    disable_socket()
    yield
    enable_socket()
    clock.reset()

"""Money is whole fen, everywhere (reliability D10)."""

import ast
from pathlib import Path

import pytest

import certflow.payments
from certflow.core.text import yuan
from certflow.payments.models import Fee, LedgerEntry, Order, OrderLine, Refund

PACKAGE = Path(certflow.payments.__file__).parent


def floating(source: str) -> list[int]:
    """Return the lines on which a float could come up: a division, a literal, a cast."""
    found = []
    for node in ast.walk(ast.parse(source)):
        division = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        cast = isinstance(node, ast.Name) and node.id in {"float", "Decimal", "round"}
        if division or literal or cast:
            found.append(node.lineno)
    return found


def test_no_float_stands_in_the_package() -> None:
    files = list(PACKAGE.rglob("*.py"))
    assert len(files) > 10
    assert {str(f): floating(f.read_text()) for f in files if floating(f.read_text())} == {}


def test_the_search_for_floats_finds_them() -> None:
    assert floating("a / 2\nb = 0.5\nfloat(c)") == [1, 2, 3]


@pytest.mark.parametrize("model", [Fee, LedgerEntry, Order, OrderLine, Refund])
def test_amounts_are_integer_columns(model: type) -> None:
    assert model.__table__.c.amount_fen.type.python_type is int  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fen", "written"),
    [(20000, "200.00"), (1, "0.01"), (0, "0.00"), (-50, "-0.50"), (123456705, "1,234,567.05")],
)
def test_fen_are_written_as_yuan(fen: int, written: str) -> None:
    assert yuan(fen) == written

"""The diagram of a bundle that is still being worked on."""

from collections.abc import Mapping
from typing import Any

from certflow.engine.diagram import Diagram, processes, read
from certflow.engine.errors import DefinitionError
from certflow.engine.xml import parse


def diagram_of(content: Mapping[str, Any]) -> Diagram | None:
    """Return what a bundle's first process draws, None where it cannot be read yet."""
    try:
        root = parse(str(content.get("bpmn") or "").encode())
    except (DefinitionError, UnicodeEncodeError):
        return None
    found = processes(root)
    return read(root, found[0]) if found else None

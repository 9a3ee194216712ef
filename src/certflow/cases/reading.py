"""Answers as they are shown to people: numbers of people masked, files with their addresses."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from certflow.core.crypto import mask_document, mask_phone
from certflow.core.files import StoredFile
from certflow.forms.display import FileInfo, Reader
from certflow.forms.parts import Field

_PHONE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")
_DOCUMENT = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")

Link = Callable[[str], str]


@dataclass(frozen=True)
class MaskingReader(Reader):
    """Reads answers aloud with phone and ID numbers masked (design §6)."""

    def value(self, field: Field, value: Any) -> str:
        """Return an answer in words."""
        words = super().value(field, value)
        return words if field.widget == "file" else masked(words)


def masked(text: str) -> str:
    """Return a text with the phone and ID numbers in it masked: 138****0000."""
    hidden = _DOCUMENT.sub(lambda found: mask_document(found[0]), text)
    return _PHONE.sub(lambda found: mask_phone(found[0]), hidden)


def file_infos(files: Iterable[StoredFile], link: Link | None = None) -> dict[str, FileInfo]:
    """Return stored files as pages show them, by id."""
    return {
        file.id: FileInfo(
            file.id, file.name, link(file.id) if link else "", file.size, file.created_at
        )
        for file in files
    }

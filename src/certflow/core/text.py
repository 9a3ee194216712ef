"""A sentence for people, in both languages of the platform (catalogue I3)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Text(NamedTuple):
    """What a person reads, in Chinese and in English."""

    zh: str
    en: str

    def of(self, locale: str) -> str:
        """Return the sentence in `locale` ("zh" or "en"); Chinese where English is missing."""
        return self.en if locale.startswith("en") and self.en else self.zh

    def filled(self, **values: object) -> "Text":
        """Return the sentence with its {places} filled in."""
        return Text(self.zh.format(**values), self.en.format(**values))

    def as_json(self) -> dict[str, str]:
        """Return {"zh": ..., "en": ...}, the form in which texts are stored."""
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def read(cls, value: object) -> "Text":
        """Read a stored text: a mapping with zh and en, a plain string, or a Text."""
        if isinstance(value, Text):
            return value
        if isinstance(value, Mapping):
            zh = str(value.get("zh", ""))
            return cls(zh, str(value.get("en", "") or zh))
        return cls(str(value), str(value))


NOTHING = Text("", "")
"""No words at all."""


def joined(said: Iterable[Text]) -> Text:
    """Put sentences together."""
    told = list(said)
    return Text("".join(one.zh for one in told), " ".join(one.en for one in told))

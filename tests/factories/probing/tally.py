"""What a group of probes found: how many were tried, and which of them went wrong."""

from dataclasses import dataclass, field


@dataclass
class Tally:
    """A zero means nothing without a count: both stand together."""

    tried: int = 0
    failed: list[str] = field(default_factory=list)

    def note(self, what: str, *, right: bool) -> None:
        """Count one probe; say what it was when it went wrong."""
        self.tried += 1
        if not right:
            self.failed.append(what)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.tried + other.tried, [*self.failed, *other.failed])

    def figures(self) -> dict[str, int]:
        """Return the figures as the benchmark prints them."""
        return {"tried": self.tried, "failed": len(self.failed)}

"""What an import did, in numbers and in refused rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


class Refused(NamedTuple):
    """A row that was not taken in."""

    file: str
    line: int
    key: str
    reason: str


type Progress = Callable[[str, int, int], None]
"""Called with (what is being done, done so far, total or 0)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """A progress that nobody watches."""


@dataclass
class Report:
    """Counts by file ('products', 'packs', 'prices') and kind (read, new, changed, unchanged, withdrawn, refused)."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    resumed_at: str = ""
    dry_run: bool = False
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, kind: str, number: int = 1) -> None:
        """Count `number` of a kind."""
        self.counts[f"{what}.{kind}"] += number

    def refuse(self, file: str, line: int, key: str, reason: str) -> None:
        """Note a refused row."""
        self.add(file, "refused")
        self.refused.append(Refused(file, line, key[:80], reason[:200]))

    def of(self, what: str, kind: str) -> int:
        """A count; 0 when nothing was counted."""
        return self.counts[f"{what}.{kind}"]

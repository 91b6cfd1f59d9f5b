"""The stand-in's memory on disk: one JSON line a commit, flushed to the disk before anybody hears of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Write = tuple[str, str, Any]
"""Table, key, value; None removes."""

_COMPACT_AFTER = 20_000


class Journal:
    """An append-only file of commits. A line that was cut short by a crash was never answered for and is dropped."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / "journal.jsonl"
        self._file = self._path.open("a+b")
        self.commits = 0

    def read(self) -> Iterator[list[Write]]:
        """Every whole commit, oldest first; cuts off a torn tail."""
        self._file.seek(0)
        whole = 0
        for line in self._file:
            try:
                writes = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                writes = None
            if writes is None:
                break
            whole += len(line)
            self.commits += 1
            yield [(table, key, value) for table, key, value in writes]
        self._file.truncate(whole)
        self._file.seek(0, os.SEEK_END)

    def append(self, writes: list[Write]) -> None:
        """Keep one commit for good: written, flushed, synced."""
        self._file.write(json.dumps(writes, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.commits += 1

    def is_long(self) -> bool:
        return self.commits > _COMPACT_AFTER

    def rewrite(self, writes: list[Write]) -> None:
        """Replace the whole story by its outcome, atomically."""
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(json.dumps(writes, separators=(",", ":")).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._file.close()
        self._file = self._path.open("a+b")
        self.commits = 1

    def close(self) -> None:
        self._file.close()

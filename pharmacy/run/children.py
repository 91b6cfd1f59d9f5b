"""The processes that the launcher keeps alive: started on a leash, restarted with a growing pause, stopped in order."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pharmacy.run import leash, leftovers
from pharmacy.run.place import REPOSITORY

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
LARGEST_LOG = 10 * 1024 * 1024


@dataclass
class Child:
    """One program: how it is called, where its output goes, and how often it has failed."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    due_at: float = 0.0

    def start(self, variables: Mapping[str, str]) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the launcher alone."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".1.log"))
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                leashed(self.command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=REPOSITORY,
                env=dict(variables),
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def ended(self) -> int | None:
        """The exit status of a process that has just been found dead, once; else None."""
        if self.process is None or self.process.poll() is None:
            return None
        status, self.process = self.process.returncode, None
        if time.monotonic() - self.started_at > STEADY_SECONDS:
            self.failures = 0
        self.due_at = time.monotonic() + min(LONGEST_PAUSE, 2.0**self.failures - 0.5)
        self.failures += 1
        return status

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 4000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


@dataclass
class Family:
    """All children of one launcher, and the file that lets the next start find them."""

    children: list[Child]
    variables: Mapping[str, str]
    noted_in: Path
    say: Callable[[str], None]
    _told: set[str] = field(default_factory=set)

    def start(self) -> None:
        """Start every child, in order."""
        for child in self.children:
            child.start(self.variables)
        self._note()

    def look_after(self) -> None:
        """Notice who died and start those again whose pause is over."""
        changed = False
        for child in self.children:
            status = child.ended()
            if status is not None:
                pause = max(0.0, child.due_at - time.monotonic())
                self.say(f"{child.name} ended ({status}); again in {pause:.0f} s. {child.log} ends:")
                self.say(child.last_words())
            if child.process is None and time.monotonic() >= child.due_at:
                child.start(self.variables)
                changed = True
        if changed:
            self._note()

    def stop(self) -> None:
        """First those that take in work, together; then the rest (last the stand-ins that others call)."""
        for late in (False, True):
            leaders = [
                child.process.pid
                for child in self.children
                if child.process and child.name.startswith("Stripe") == late
            ]
            leftovers.end_groups(leaders, grace=20.0)
        for child in self.children:
            if child.process:
                child.process.wait()
        self.noted_in.unlink(missing_ok=True)

    def _note(self) -> None:
        leftovers.note(self.noted_in, [child.process.pid for child in self.children if child.process])


def leashed(command: Sequence[str]) -> list[str]:
    """The same command, ending with us."""
    return [sys.executable, leash.__file__, str(os.getpid()), *command]

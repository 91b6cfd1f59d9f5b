"""A clone's run-time folder of its own, and what is needed to look at processes from outside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# What the test run sets for itself and a person's shell does not have.
OURS = {
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "TESTING",
    "DEMO",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "BLIND_INDEX_KEY",
    "PUBLIC_URL",
    "STRIPE_SECRET_KEY",
    "STRIPE_API_BASE",
    "STRIPE_WEBHOOK_SECRET",
    "CACHE_PREFIX",
    "LOG_LEVEL",
    "MAKELEVEL",
    "VAR_DIR",
}


@dataclass(frozen=True)
class Installation:
    """An installation whose `var/` is ours alone."""

    var: Path

    def variables(self, **more: str) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if key not in OURS}
        return clean | {"VAR_DIR": str(self.var), "NO_COLOR": "1", "COLUMNS": "120"} | more

    def services(self, *args: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "pharmacy.run.services", *args)

    def python(self, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *args],
            cwd=REPOSITORY,
            env=self.variables(**more),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def processes(self) -> list[psutil.Process]:
        """Every live process that was started for this installation, whoever its parent is now."""
        marks = {str(self.var), str((self.var / "state").resolve())}
        return [process for process in psutil.process_iter() if process.pid != os.getpid() and _is_of(process, marks)]


def _is_of(process: psutil.Process, marks: set[str]) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        seen = " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return False
    return any(mark in seen for mark in marks)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    here = Installation(tmp_path / "var")
    yield here
    here.services("down")
    for process in here.processes():
        process.kill()
    state = here.var / "state"
    if state.is_symlink():
        shutil.rmtree(state.resolve(), ignore_errors=True)

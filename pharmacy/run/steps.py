"""What happens once before the servers start: schema, demo data, static files. Skipped when nothing changed since."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from pharmacy.run.children import leashed
from pharmacy.run.place import REPOSITORY, NotRunnable

APPS = ("pharmacy", "catalog", "prescriptions", "orders")


@dataclass(frozen=True)
class Steps:
    """Runs management commands with the given variables and remembers in `done` what they have seen."""

    variables: Mapping[str, str]
    done: Path
    console: Console

    def migrate(self) -> None:
        """Bring the schema up to date, as its owner. Also runs every system check."""
        files = sources("migrations", "*.py")
        with self.unless_done("schema", [*files, REPOSITORY / "pharmacy" / "grants.py"]) as needed:
            if needed:
                self.command("migrate", "--noinput", title="Database schema", owner=True)

    def collect_static(self) -> None:
        """Gather and compress the static files."""
        files = sources("static", "*")
        with self.unless_done("static", [*files, REPOSITORY / "uv.lock"]) as needed:
            if needed:
                self.command("collectstatic", "--noinput", "--clear", title="Static files")

    def demo(self) -> None:
        """Load demo people and the demo catalogue; the command may be run again over its own work."""
        files = sources("demo", "*")
        own = REPOSITORY / "pharmacy" / "management" / "commands" / "demo.py"
        with self.unless_done("demo", [*files, own]) as needed:
            if needed:
                self.command("demo", title="Demo people and catalogue", shown=True)

    def check(self) -> None:
        """Refuse unsafe settings before a real installation takes its first request."""
        self.command("check", "--deploy", "--fail-level", "ERROR", title="Settings")

    def ask(self, *args: str) -> subprocess.Popen[str]:
        """Start a management command beside the others; the caller reads what it says."""
        return subprocess.Popen(
            leashed(manage(*args)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=self._environment(owner=False) | {"COLUMNS": str(max(120, self.console.width))},
        )

    @contextmanager
    def unless_done(self, step: str, files: Iterable[Path]) -> Iterator[bool]:
        """Gives whether the files differ from those of the last success; remembers them when the block succeeds."""
        now = fingerprint(files)
        yield self._seen().get(step) != now
        self.done.write_text(json.dumps(self._seen() | {step: now}, indent=1))

    def command(self, *args: str, title: str, owner: bool = False, shown: bool = False) -> None:
        """Run a management command; its last line is the progress, all of it the error. Raises NotRunnable."""
        began = time.monotonic()
        if shown:
            self._run_shown(args)
        else:
            with self.console.status(f"{title} …") as status:
                self.run(*args, owner=owner, tell=lambda line: status.update(f"{title} … {line[:60]}"))
        self.console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - began:.1f} s[/]")

    def run(self, *args: str, owner: bool = False, tell: Callable[[str], None] | None = None) -> str:
        """Run a management command and give what it wrote. Raises NotRunnable with all of it."""
        said: list[str] = []
        with subprocess.Popen(
            leashed(manage(*args)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if tell else None,
            text=True,
            cwd=REPOSITORY,
            env=self._environment(owner=owner),
        ) as command:
            try:
                for line in command.stdout or ():
                    said.append(line)
                    if tell and line.strip():
                        tell(line.strip())
            except BaseException:
                command.terminate()
                raise
        if command.returncode:
            raise NotRunnable(f"manage.py {args[0]} failed:\n{''.join(said)}")
        return "".join(said)

    def _run_shown(self, args: tuple[str, ...]) -> None:
        environment = self._environment(owner=False)
        done = subprocess.run(
            leashed(manage(*args)), stdin=subprocess.DEVNULL, cwd=REPOSITORY, env=environment, check=False
        )
        if done.returncode:
            raise NotRunnable(f"manage.py {args[0]} failed; see above.")

    def _environment(self, *, owner: bool) -> dict[str, str]:
        # Loading a catalogue takes longer than a page may: no time limits on these connections.
        limits = {"AS_OWNER": "1"} if owner else {"STATEMENT_TIMEOUT_MS": "0"}
        return dict(self.variables) | limits | {"PYTHONUNBUFFERED": "1"}

    def _seen(self) -> dict[str, str]:
        try:
            seen: dict[str, str] = json.loads(self.done.read_text())
        except (OSError, ValueError):
            return {}
        return seen


def manage(*args: str) -> list[str]:
    """The command line of a management command."""
    return [sys.executable, str(REPOSITORY / "manage.py"), *args]


def sources(folder: str, kind: str) -> list[Path]:
    """Files of a kind ("*.py") in every app's folders of that name."""
    found = (path for app in APPS for path in (REPOSITORY / app).rglob(f"{folder}/**/{kind}"))
    return [path for path in found if path.is_file()]


def fingerprint(files: Iterable[Path]) -> str:
    """A hash over names and contents: the same clone gives the same, whatever the dates of its files."""
    total = hashlib.sha256()
    for path in sorted(path for path in files if "__pycache__" not in path.parts):
        total.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()

"""A whole pharmacy in a folder of its own: servers, web, worker, clock, stand-in, as `make run` starts them.

For measuring and for breaking: every part can be ended, frozen and brought back. Imports no Django.
"""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import psutil
from rich.console import Console

from pharmacy.run import leftovers, postgres, programs, valkey
from pharmacy.run.children import Child, Family
from pharmacy.run.place import REPOSITORY, NotRunnable, account_for, only_one, socket_folder
from pharmacy.run.steps import Steps, manage

# What a test run or a shell may have set and an installation of its own must not inherit.
FOREIGN = {
    "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CELERY_BROKER_URL", "TESTING", "DEMO", "SECRET_KEY",
    "ENCRYPTION_KEYS", "BLIND_INDEX_KEY", "PUBLIC_URL", "STRIPE_SECRET_KEY", "STRIPE_API_BASE",
    "STRIPE_WEBHOOK_SECRET", "STRIPE_PAGE_ORIGIN", "EMAIL_URL", "CACHE_PREFIX", "LOG_LEVEL", "MAKELEVEL", "VAR_DIR",
    "DJANGO_SETTINGS_MODULE", "STORAGE_URL", "AS_OWNER", "DB_POOL", "PORT",
}  # fmt: skip
WEB, WORKER, CLOCK, STRIPE = "Web server", "Worker", "Clock", "Stripe stand-in"


class Stack:
    """One installation in the folder `place`; `variables` are added to its environment (WEB_WORKERS, EMAIL_URL …).

    `door`: the module whose `application` the web server loads.
    """

    def __init__(self, place: Path, *, variables: Mapping[str, str] | None = None, door: str = "pharmacy.wsgi") -> None:
        self.place = place
        self.door = f"{door}:application"
        self.place.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.place = self.place.resolve()
        self._lock = _claim(self.place)
        self.var = self.place / "var"
        for folder in ("log", "run"):
            (self.var / folder).mkdir(parents=True, exist_ok=True)
        account = account_for(self.place)
        sockets = socket_folder(self.place, account)
        with only_one(self.place / "programs.lock"):
            bin_ = postgres.programs(self.place, account)
            server = valkey.program(self.place, account)
        self.postgres = postgres.Postgres(bin_, self.place / "pg18", sockets, account)
        self.valkey = valkey.Valkey(server, self.place / "valkey", sockets / "valkey.sock", account)
        self.port, self._ports = leftovers.reserve_ports(8900)
        self.url = f"http://127.0.0.1:{self.port}"
        self.variables = self._variables(dict(variables or {}))
        self.console = Console(file=(self.var / "log" / "steps.log").open("w"))
        self.steps = Steps(self.variables, self.place / "done.json", self.console)
        self.family = Family([], self.variables | {"DB_POOL": "1"}, self.var / "run" / "children.json", self._say)
        self._resting: dict[str, Child] = {}
        self._watch: threading.Thread | None = None
        self._leave = threading.Event()
        self._hands = threading.RLock()

    # --- begin and end ------------------------------------------------------------------------------------------
    def servers(self, *, fresh: bool = True, schema: str = "") -> None:
        """Start PostgreSQL and Valkey, empty when `fresh`, and bring schema and static files up to date.

        `schema`: SQL of the migrated schema, for a fresh one that need not migrate from nothing.
        """
        leftovers.clear(self.family.noted_in)
        if fresh:
            self.postgres.stop()
            self.valkey.stop()
            for folder in ("pg18", "valkey", "var/stripe", "var/files"):
                shutil.rmtree(self.place / folder, ignore_errors=True)
        self.postgres.start()
        self.valkey.start()
        if fresh and schema:
            self.postgres.sql(schema, postgres.DATABASE)
        elif fresh:
            self.steps.command("migrate", "--noinput", title="Schema", owner=True)
        else:
            self.steps.migrate()
        self.steps.collect_static()

    def start(self) -> None:
        """Start every process and keep it alive, as the launcher does; returns when /readyz is content."""
        leftovers.claim_ports({self.port: "the web server's", self.port + 1: "the stand-in's"})
        self.family.children = programs.children(self.family.variables, self.var / "log")
        web = self.child(WEB)
        web.command = [self.door if part == "pharmacy.wsgi:application" else part for part in web.command]
        self._watch = threading.Thread(target=self._look_after, name="family", daemon=True)
        self._watch.start()
        self.until(self.is_ready, 60, "the stack is ready")

    def stop(self) -> None:
        """Stop everything; the data stays."""
        self._leave.set()
        if self._watch:
            self._watch.join(10)
        for child in self._resting.values():
            self.signal(child, signal.SIGCONT)
        self.family.stop()
        self.valkey.stop()
        self.postgres.stop()
        self._ports.close()
        self._lock.close()

    # --- breaking -----------------------------------------------------------------------------------------------
    def child(self, name: str) -> Child:
        """The process called so."""
        return next(child for child in [*self.family.children, *self._resting.values()] if child.name == name)

    def signal(self, child: Child, which: signal.Signals) -> None:
        """Send a signal to a process and all of its own."""
        if child.process is not None and child.process.poll() is None:
            os.killpg(child.process.pid, which)

    def kill(self, name: str) -> None:
        """As `kill -9`, of the whole group; the launcher starts it again."""
        self.signal(self.child(name), signal.SIGKILL)

    def rest(self, name: str) -> None:
        """Kill it, and leave it dead until `bring`."""
        with self._hands:
            child = self.child(name)
            self.family.children.remove(child)
            self._resting[name] = child
            self.signal(child, signal.SIGKILL)
            if child.process:
                child.process.wait(10)

    def bring(self, name: str) -> None:
        """Start what rests."""
        with self._hands:
            child = self._resting.pop(name)
            child.process, child.due_at = None, 0.0
            self.family.children.append(child)

    # --- looking ------------------------------------------------------------------------------------------------
    def is_ready(self) -> bool:
        """Whether every part answers."""
        return self.answer("/readyz") == 200

    def answer(self, path: str) -> int:
        """The status of a GET; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as found:
                return int(found.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def sql(self, text: str) -> list[list[str]]:
        """Rows of a query, asked as the superuser, values as text."""
        said = self.postgres.sql(f"\\pset fieldsep '\\t'\n{text}", postgres.DATABASE)
        return [line.split("\t") for line in said.splitlines()]

    def number(self, text: str) -> int:
        """The one number that a query gives."""
        return int(self.sql(text)[0][0])

    def manage(self, *args: str, owner: bool = False) -> tuple[int, str]:
        """A management command's exit status and output."""
        return self._run(manage(*args), {"AS_OWNER": "1"} if owner else {})

    def python(self, *args: str) -> str:
        """What a Python program of this installation prints. Raises RuntimeError with its complaint."""
        status, said = self._run([sys.executable, *args], {})
        if status:
            raise RuntimeError(said)
        return said

    def megabytes(self, name: str) -> float:
        """Resident memory of the largest process of a group, in MB."""
        leader = self.child(name).process
        if leader is None:
            return 0.0
        ours = [psutil.Process(leader.pid), *psutil.Process(leader.pid).children(recursive=True)]
        return max(process.memory_info().rss for process in ours) / 1e6

    def cpu_seconds(self, *names: str) -> float:
        """CPU time used so far by these groups, with what their ended children used."""
        total = 0.0
        for name in names:
            leader = self.child(name).process
            for process in _tree(leader.pid if leader else 0):
                spent = process.cpu_times()
                total += spent.user + spent.system
        return total

    def until(self, done: Callable[[], object], seconds: float, what: str | Callable[[], str]) -> float:
        """Wait until `done()` is true; the seconds it took. Raises AssertionError that says `what` did not happen."""
        began = time.monotonic()
        while not done():
            if time.monotonic() - began > seconds:
                said = what if isinstance(what, str) else what()
                raise AssertionError(f"not within {seconds} s: {said}\n{self.logs()}")
            time.sleep(0.1)
        return time.monotonic() - began

    def logs(self, lines: int = 12) -> str:
        """The ends of the logs of all processes."""
        children = [*self.family.children, *self._resting.values()]
        return "\n".join(f"--- {child.name}\n{child.last_words(lines)}" for child in children)

    # --- inside -------------------------------------------------------------------------------------------------
    def _variables(self, more: dict[str, str]) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        ours = {
            "VAR_DIR": str(self.var), "PORT": str(self.port), "DEMO": "1", "NO_COLOR": "1",
            "DJANGO_SETTINGS_MODULE": "pharmacy.settings", "LOG_LEVEL": "WARNING",
            "PUBLIC_URL": self.url, "ALLOWED_HOSTS": "127.0.0.1,localhost", "STATIC_ROOT": str(self.place / "static"),
            "SECRET_KEY": "only-for-rehearsals-" * 4, "BLIND_INDEX_KEY": "only-for-rehearsals",
            "ENCRYPTION_KEYS": "r1:" + base64.b64encode(b"0123456789abcdef" * 2).decode(),
            "STRIPE_WEBHOOK_SECRET": "whsec_rehearsal",
            "DATABASE_URL": self.postgres.url(postgres.APP), "DATABASE_OWNER_URL": self.postgres.url(postgres.OWNER),
            "REDIS_URL": f"unix://{self.valkey.socket}?db=0",
            "CELERY_BROKER_URL": f"redis+socket://{self.valkey.socket}?virtual_host=1",
        }  # fmt: skip
        return programs.with_standin(clean | ours | more)

    def _run(self, command: list[str], more: dict[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.variables | {"STATEMENT_TIMEOUT_MS": "0"} | more, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=600,
        )  # fmt: skip
        return done.returncode, done.stdout + (done.stderr if done.returncode else "")

    def _look_after(self) -> None:
        # One thread for as long as the stack lives: the kernel ends children with the thread that started them.
        with self._hands:
            self.family.start()
        while not self._leave.wait(0.3):
            with self._hands:
                self.family.look_after()

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False)


def _claim(place: Path) -> IO[str]:
    lock = (place / "in-use").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise NotRunnable(f"{place} is in use by another run.") from None
    return lock


def _tree(pid: int) -> list[psutil.Process]:
    try:
        leader = psutil.Process(pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []

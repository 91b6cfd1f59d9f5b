"""`make run`: the whole pharmacy on this machine, until Ctrl-C. `python -m pharmacy.run fresh` begins a new demo."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

from rich.console import Console

from pharmacy.run import environment, leash, leftovers, programs, services
from pharmacy.run.children import Family
from pharmacy.run.place import NotRunnable, state_folder, var_folder
from pharmacy.run.steps import Steps

READY_SECONDS = 120.0
LOCK_PATIENCE = 30.0


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM or a closed terminal."""


def main(args: list[str]) -> int:
    """Run until stopped; 0 after an orderly stop, 1 with a sentence when it can't start."""
    console = Console(highlight=False, soft_wrap=True)
    _listen_for_the_end()
    try:
        if os.environ.get("MAKELEVEL") and not args:
            leash.end_with_parent(os.getppid())
        leash.adopt_orphans()
        lock = _only_launcher()
        if args == ["fresh"]:
            _begin_afresh(console)
        _run(console, prepare_only=args == ["fresh"])
    except NotRunnable as problem:
        console.print(f"[red]{problem}[/]" if console.is_terminal else str(problem), markup=console.is_terminal)
        return 1
    except Stopped:
        services.detach()
        leash.bury_children()
        with suppress(OSError):
            console.print("Stopped.")
        return 0
    lock.close()
    return 0


def _run(console: Console, *, prepare_only: bool) -> None:
    began = time.monotonic()
    noted = _run_folder() / "children.json"
    if ended := leftovers.clear(noted):
        console.print(f"Ended {ended} processes that a killed run had left.")
    given = environment.given()
    _claim_ports(given)
    with console.status("PostgreSQL and Valkey …"):
        variables = environment.prepare()
    console.print(f"[green]✓[/] PostgreSQL and Valkey [dim]{time.monotonic() - began:.1f} s[/]")
    steps = Steps(variables, _memory(given), console)
    _prepare(steps, demo=environment.is_demo(variables))
    if not prepare_only:
        _serve(steps, noted, began)


def _prepare(steps: Steps, *, demo: bool) -> None:
    if not demo:
        steps.check()
    steps.migrate()
    if demo:
        steps.demo()
    steps.collect_static()


def _serve(steps: Steps, noted: Path, began: float) -> None:
    console, variables = steps.console, dict(steps.variables) | {"DB_POOL": "1"}
    family = Family(programs.children(variables, _logs()), variables, noted, console.print)
    try:
        family.start()
        port = programs.port(variables)
        with console.status("Web server and worker …"):
            people = steps.ask("demo_people") if environment.is_demo(variables) else None
            ready = _wait(lambda: _answers(f"http://127.0.0.1:{port}/readyz"), family)
            sign_ins = people.communicate()[0] if people else ""
        console.print(sign_ins, markup=False, end="")
        _welcome(steps, ready=ready, seconds=time.monotonic() - began)
        while True:
            family.look_after()
            time.sleep(0.3)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with suppress(OSError):  # the terminal may be gone
            console.print("\nStopping …")
        family.stop()


def _welcome(steps: Steps, *, ready: bool, seconds: float) -> None:
    console, variables = steps.console, steps.variables
    address = variables.get("PUBLIC_URL") or f"http://localhost:{programs.port(variables)}"
    console.print(f"  Storefront  [bold]{address}/[/]")
    console.print(f"  Workbench   [bold]{address}/admin/[/]")
    console.print(f"  Mail        [bold]{address}/dev/mail/[/]")
    if programs.has_standin(variables):
        console.print(f"  Payments    [bold]{variables['STRIPE_API_BASE']}/[/] (a stand-in: no money moves)")
    console.print(f"  Data        {state_folder()}   Logs  {_logs()}")
    if os.geteuid() == 0:
        console.print("  [dim]Running as root: PostgreSQL and Valkey run as another user, web and worker as root.[/]")
    if ready:
        console.print(f"\n[green]Ready in {seconds:.1f} s.[/] Ctrl-C stops everything.")
    else:
        console.print(
            f"\n[yellow]Not ready after {seconds:.0f} s[/]: {address}/readyz says why. Ctrl-C stops everything."
        )


def _wait(done: Callable[[], bool], family: Family) -> bool:
    until = time.monotonic() + READY_SECONDS
    while not done():
        if time.monotonic() > until:
            return False
        family.look_after()
        time.sleep(0.1)
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _only_launcher() -> IO[str]:
    """One launcher a clone; one that is just stopping is waited for. Raises NotRunnable."""
    lock = (_run_folder() / "launcher.lock").open("a+")
    until = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            lock.seek(0)
            pid, _, port = lock.read().strip().partition(" ")
            if time.monotonic() > until or _answers(f"http://127.0.0.1:{port or 8000}/healthz"):
                raise NotRunnable(
                    f"This clone runs already (process {pid}): http://localhost:{port}. Stop it there with Ctrl-C."
                ) from None
            time.sleep(0.3)
    lock.truncate(0)
    lock.write(f"{os.getpid()} {programs.port(environment.given())}")
    lock.flush()
    return lock


def _begin_afresh(console: Console) -> None:
    """Throw the demo's database, broker and files away. Raises NotRunnable for a database of one's own."""
    if environment.given().get("DATABASE_URL"):
        raise NotRunnable("DATABASE_URL names a database of your own, which is never thrown away here.")
    services.down()
    shutil.rmtree(state_folder() / "demo")
    for name in ("files", "stripe"):
        shutil.rmtree(var_folder() / name, ignore_errors=True)
    console.print("The old demo is gone.")


def _claim_ports(variables: dict[str, str]) -> None:
    ports = {programs.port(variables): "the web server's"}
    if programs.has_standin({"DEMO": "1"} | variables):
        ports[programs.standin_port(variables)] = "the Stripe stand-in's"
    leftovers.claim_ports(ports)


def _memory(given: dict[str, str]) -> Path:
    """Where the steps that are done are remembered: with the embedded data, so that both go together."""
    if given.get("DATABASE_URL"):
        path = _run_folder() / "done.json"
        path.unlink(missing_ok=True)  # a database of one's own may have been changed by others: look every time
        return path
    return state_folder() / "demo" / "done.json"


def _run_folder() -> Path:
    folder = var_folder() / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _logs() -> Path:
    folder = var_folder() / "log"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _listen_for_the_end() -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Stopped

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

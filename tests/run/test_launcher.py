"""`make run`, as a person sees it: one start, deaths on the way, Ctrl-C, and nothing left."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import psutil
import pytest

from pharmacy.run.leftovers import free_port
from tests.run.conftest import REPOSITORY, Installation


class Launcher:
    """`python -m pharmacy.run` in a session of its own, with what it says collected."""

    def __init__(self, installation: Installation, port: int) -> None:
        self.said = ""
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pharmacy.run"],
            cwd=REPOSITORY,
            env=installation.variables(PORT=str(port)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def until_said(self, pattern: str, seconds: float) -> float:
        """Seconds until it says so; fails at once when it ends without."""
        taken = until(lambda: bool(re.search(pattern, self.said)) or self.process.poll() is not None, seconds, self)
        assert re.search(pattern, self.said), self.said
        return taken

    def state(self) -> dict[str, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                state: dict[str, str] = json.load(answer)
                return state
        except urllib.error.HTTPError as refused:
            found: dict[str, str] = json.load(refused)
            return found
        except OSError:
            return {}


def until(done: Callable[[], bool], seconds: float, launcher: Launcher) -> float:
    """Wait until it is so; the seconds it took. Fails with what the launcher has said."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds, launcher.said
        time.sleep(0.1)
    return time.monotonic() - began


def named(installation: Installation, part: str) -> list[psutil.Process]:
    return [process for process in installation.processes() if part in " ".join(process.cmdline())]


@pytest.fixture
def port() -> int:
    return free_port(18100)


@pytest.fixture
def stranger(port: int) -> Iterator[socket.socket]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        yield taken


def test_a_stranger_on_the_port_is_named_and_nothing_is_started(
    installation: Installation, port: int, stranger: socket.socket
) -> None:
    said = installation.python("-m", "pharmacy.run", PORT=str(port))

    assert said.returncode == 1
    assert f"Port {port} (the web server's) is in use by another program." in said.stdout
    assert installation.processes() == []


@pytest.mark.slow
def test_a_whole_life(installation: Installation, port: int) -> None:
    """Start, be refused twice over, lose a child, be killed, start again, be interrupted: one story."""
    launcher = Launcher(installation, port)
    launcher.until_said(r"Ready in", 150)
    assert launcher.state()["status"] == "ok"
    assert "pharmacist@demo.example" in launcher.said
    assert f"http://localhost:{port}/" in launcher.said
    assert stat.S_IMODE((installation.var / "secrets.env").stat().st_mode) == 0o600

    second = installation.python("-m", "pharmacy.run", PORT=str(free_port(port + 50)))
    assert second.returncode == 1
    assert "This clone runs already" in second.stdout

    (web,) = [process for process in named(installation, "gunicorn") if process.ppid() == launcher.process.pid]
    web.kill()
    until(lambda: launcher.state() == {}, 5, launcher)
    until(lambda: launcher.state().get("status") == "ok", 30, launcher)

    secrets = (installation.var / "secrets.env").read_text()
    launcher.process.kill()
    launcher.process.wait()
    again = Launcher(installation, port)
    seconds = again.until_said(r"Ready in", 60)
    assert seconds < 30, again.said  # 10 where nothing else runs
    assert (installation.var / "secrets.env").read_text() == secrets

    os.kill(again.process.pid, signal.SIGINT)
    assert again.process.wait(timeout=40) == 0, again.said
    assert installation.processes() == []
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))

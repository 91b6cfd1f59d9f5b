"""A request's body comes whole and in time, or not at all.

A server hands on what arrived when a connection breaks inside a body, and a form that is cut off reads as a shorter
one, 9 tablets for 90. Who stops sending, or sends a byte now and then, would hold a thread for as long as they like.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

STALLED = 20.0  # seconds without a byte
PATIENCE = 30.0  # seconds for any body, and a second for each of these many bytes
BYTES_A_SECOND = 32 * 1024

type Environ = dict[str, Any]
type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class WholeBody:
    """`wsgi.input` that raises ConnectionResetError where the body ends before its length."""

    def __init__(self, body: Any, length: int) -> None:
        self._body = body
        self._left = length

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, or the rest."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        found = bytes(self._body.read(wanted))
        self._left -= len(found)
        if len(found) < wanted:
            raise ConnectionResetError("the connection ended inside the body")
        return found

    def readline(self, size: int | None = -1) -> bytes:
        """A line, or so many bytes of it."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        found = bytes(self._body.readline(wanted))
        self._left -= len(found)
        if len(found) < wanted and not found.endswith(b"\n"):
            raise ConnectionResetError("the connection ended inside the body")
        return found


def whole_bodies(application: Application) -> Application:
    """The application behind a guard of bodies. In production the proxy in front waits for slow senders first."""

    def guarded(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        told = str(environ.get("CONTENT_LENGTH") or "")
        length = int(told) if told.isascii() and told.isdigit() else 0
        if not length:
            return application(environ, start_response)
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"], length)
        with _patience(environ.get("gunicorn.socket"), length):
            return application(environ, start_response)

    return guarded


@contextmanager
def _patience(line: socket.socket | None, length: int) -> Iterator[None]:
    """Reading from this connection ends after a silence, or when it takes longer in all than so long a body may."""
    if line is None:
        yield
        return
    line.settimeout(STALLED)
    end = threading.Timer(PATIENCE + length / BYTES_A_SECOND, _hear_no_more, [line])
    end.daemon = True
    end.start()
    try:
        yield
    finally:
        end.cancel()
        with suppress(OSError):  # closed by the other end
            line.settimeout(None)


def _hear_no_more(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RD)

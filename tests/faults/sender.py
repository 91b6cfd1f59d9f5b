"""A customer who sends files over a bare connection, and a virus scanner that can be away or take its time."""

from __future__ import annotations

import contextlib
import http.client
import socket
import socketserver
import struct
import threading
from typing import Any

from bench.visitor import CSRF

BORDER = "border-of-the-parts"
FORM = "/prescriptions/upload/"


class Sender:
    """Signed in by the cookie of a session."""

    def __init__(self, port: int, session: str) -> None:
        self.port = port
        self._cookie = f"{session}; csrftoken={CSRF}"

    def send(self, content: bytes, *, name: str = "rx.jpg") -> int:
        """The status that a file is answered with."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(line):
            line.request("POST", FORM, _form(content, name), self._headers())
            return line.getresponse().status

    def begin(self, content: bytes, *, missing: int) -> socket.socket:
        """A connection on which all but the last bytes were sent."""
        body = _form(content, "rx.jpg")
        head = [f"POST {FORM} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        head += [f"{name}: {text}" for name, text in self._headers().items()]
        line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        line.sendall("\r\n".join([*head, "", ""]).encode() + body[:-missing])
        return line

    def page(self) -> str:
        """What the page of their files says."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(line):
            line.request("GET", FORM, headers={"Cookie": self._cookie})
            return line.getresponse().read().decode()

    def _headers(self) -> dict[str, str]:
        return {"Cookie": self._cookie, "Content-Type": f"multipart/form-data; boundary={BORDER}"}


def _form(content: bytes, name: str) -> bytes:
    token = f'--{BORDER}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{CSRF}\r\n'
    file = f'--{BORDER}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/jpeg'
    return token.encode() + file.encode() + b"\r\n\r\n" + content + f"\r\n--{BORDER}--\r\n".encode()


class _Line(socketserver.BaseRequestHandler):
    server: Scanner

    def handle(self) -> None:
        self._read(10)
        while size := struct.unpack("!L", self._read(4))[0]:
            self._read(size)
        self.server.asked += 1
        if self.server.goes_on.wait(60):
            with contextlib.suppress(OSError):  # the one who asked was killed
                self.request.sendall(b"stream: OK\0")

    def _read(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self.request.recv(size - len(got))
            if not piece:
                raise ConnectionError
            got += piece
        return got


class Scanner(socketserver.ThreadingTCPServer):
    """clamd as far as it is asked: finds nothing. `goes_on` cleared: it takes its time."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Line)
        self.asked = 0
        self.goes_on = threading.Event()
        self.goes_on.set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that ended is nothing to print."""

    def away(self) -> None:
        self.shutdown()
        self.server_close()

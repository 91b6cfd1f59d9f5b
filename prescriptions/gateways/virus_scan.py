"""Asks ClamAV about a file: `CLAMAV_URL=tcp://host:3310` or `unix:///run/clamd.ctl`. Fails closed: no answer is not
"clean"."""

import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings

from pharmacy.refusals import Unreachable

TIMEOUT = 20
CHUNK = 1 << 16
LONGEST_ANSWER = 4096


def is_clean(content: bytes) -> bool:
    """True when the scanner found nothing, or no scanner is configured. Raises Unreachable when it gives no verdict."""
    if not settings.CLAMAV_URL:
        return True
    try:
        with _line(settings.CLAMAV_URL) as line:
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                piece = content[start : start + CHUNK]
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            answer = _answer(line)
    except OSError as problem:
        raise Unreachable("the virus scanner does not answer") from problem
    if answer == b"stream: OK":
        return True
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        return False
    raise Unreachable("the virus scanner gave no verdict")


def _line(url: str) -> socket.socket:
    address = urlsplit(url)
    if address.scheme != "unix":
        return socket.create_connection((address.hostname or "", address.port or 3310), timeout=TIMEOUT)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(TIMEOUT)
    try:
        line.connect(address.path)
    except OSError:
        line.close()
        raise
    return line


def _answer(line: socket.socket) -> bytes:
    """Everything up to the closing zero: an answer may come in pieces."""
    heard = b""
    while not heard.endswith(b"\0") and len(heard) < LONGEST_ANSWER:
        piece = line.recv(LONGEST_ANSWER)
        if not piece:
            break
        heard += piece
    return heard.rstrip(b"\0\n")

"""Asks ClamAV (`CLAMAV_URL=tcp://host:3310`) about a file. Fails closed: no answer is not "clean"."""

import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings

from pharmacy.refusals import Unreachable

TIMEOUT = 20
CHUNK = 1 << 16


def is_clean(content: bytes) -> bool:
    """True when the scanner found nothing, or no scanner is configured. Raises Unreachable when it does not answer."""
    if not settings.CLAMAV_URL:
        return True
    address = urlsplit(settings.CLAMAV_URL)
    try:
        with socket.create_connection((address.hostname or "", address.port or 3310), timeout=TIMEOUT) as line:
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                piece = content[start : start + CHUNK]
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            answer = line.recv(4096)
    except OSError as problem:
        raise Unreachable("the virus scanner does not answer") from problem
    if answer.rstrip(b"\0\n").endswith(b"OK"):
        return True
    if b"FOUND" in answer:
        return False
    raise Unreachable("the virus scanner gave no verdict")

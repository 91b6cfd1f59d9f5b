"""A body comes whole and in time, or the request is refused: torn, stalled and dripping connections."""

from __future__ import annotations

import io
import socket
import threading
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from pharmacy.accounts.models import User
from pharmacy.web import bodies
from pharmacy.web.bodies import WholeBody, whole_bodies
from prescriptions.models.question import ThreadMessage
from tests.shop.catalog import the_sites


def test_a_body_is_read_as_it_is() -> None:
    body = WholeBody(io.BytesIO(b"one\ntwo\nthree"), 13)
    assert (body.readline(), body.read(2), body.readline(100), body.read(), body.read()) == (
        b"one\n", b"tw", b"o\n", b"three", b"",
    )  # fmt: skip


@pytest.mark.parametrize("read", [lambda body: body.read(), lambda body: body.read(9), lambda body: body.readline()])
def test_a_body_that_ends_before_its_length_is_no_body(read: Any) -> None:
    with pytest.raises(ConnectionResetError):
        read(WholeBody(io.BytesIO(b"half"), 9))


class Dripping(threading.Thread):
    """Sends a byte now and then, and never an end."""

    def __init__(self, line: socket.socket, pause: float) -> None:
        super().__init__(daemon=True)
        self.line, self.pause = line, pause
        self.start()

    def run(self) -> None:
        """Until the other side hangs up."""
        try:
            while True:
                self.line.sendall(b"x")
                time.sleep(self.pause)
        except OSError:
            return


@pytest.mark.parametrize("pause", [60, 0.05], ids=["silent", "dripping"])
def test_who_takes_too_long_loses_the_thread(pause: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "STALLED", 0.3)
    monkeypatch.setattr(bodies, "PATIENCE", 0.6)
    ours, theirs = socket.socketpair()
    Dripping(theirs, pause)

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        return [environ["wsgi.input"].read()]

    environ = {"CONTENT_LENGTH": "1000", "wsgi.input": ours.makefile("rb"), "gunicorn.socket": ours}
    began = time.monotonic()
    with pytest.raises(OSError):  # of either kind: Django makes one of both
        whole_bodies(application)(environ, lambda *_: None)

    assert time.monotonic() - began < 3
    assert ours.gettimeout() is None
    theirs.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("door", "kept"), [("application", []), ("django", ["May I take 9"])])
def test_a_form_that_was_cut_off_is_no_shorter_form(door: str, kept: list[str], alice: User) -> None:
    """Without the guard (`django`) it is one."""
    from pharmacy import wsgi

    the_sites()
    client = Client()
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    token = "a" * 32
    body = urlencode({"csrfmiddlewaretoken": token, "text": "May I take 90?"}).encode()
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/ask/new/", "SERVER_NAME": "testserver", "SERVER_PORT": "80",
        "wsgi.url_scheme": "http", "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body[: body.index(b"90") + 1]),
        "HTTP_COOKIE": f"{client.cookies.output(header='', attrs=[]).strip()}; csrftoken={token}",
    }  # fmt: skip

    getattr(wsgi, door)(environ, lambda *_: None)

    assert [one.text for one in ThreadMessage.objects.all()] == kept

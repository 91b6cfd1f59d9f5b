"""The wire: one threaded HTTP server for the API, the hosted pages and the control verbs."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import logging
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import stripe

from pharmacy.standins.stripe import pages
from pharmacy.standins.stripe.api import Api, HangUp, Request
from pharmacy.standins.stripe.control import Control
from pharmacy.standins.stripe.errors import StripeError
from pharmacy.standins.stripe.faults import Faults
from pharmacy.standins.stripe.hosted import Hosted
from pharmacy.standins.stripe.webhooks import Messenger
from pharmacy.standins.stripe.world import World

logger = logging.getLogger("standin.stripe")

_LARGEST_BODY = 1_000_000


@dataclasses.dataclass(frozen=True)
class Options:
    """How the stand-in is started. Without `webhook_url` no webhook is sent."""

    port: int
    state: Path
    webhook_url: str
    secret: str
    key: str
    public_url: str
    retry_base: float = 1.0


class Server(ThreadingHTTPServer):
    """Listens on loopback only: it holds no secrets, but it would believe anybody."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, options: Options) -> None:
        super().__init__(("127.0.0.1", options.port), _Wire)
        self.world = World(options.state, api_version=stripe.api_version)
        address = options.public_url or f"http://localhost:{self.server_port}"
        self.world.commit([("settings", "public_url", address)])
        self.faults = Faults(options.retry_base)
        self.messenger = Messenger(self.world, self.faults, url=options.webhook_url, secret=options.secret)
        self.api = Api(self.world, self.faults, secret_key=options.key)
        self.hosted = Hosted(self.world)
        self.control = Control(self.world, self.faults, self.messenger)

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.debug("connection from %s broke", client_address, exc_info=True)


class _Wire(BaseHTTPRequestHandler):
    """Translates HTTP into one call, and the answer back."""

    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120

    def version_string(self) -> str:
        return "stripe-stand-in"

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_BODY:
            self.close_connection = True
            self._send(413, b"", {})
            return
        body = self.rfile.read(length).decode("utf-8", "replace")
        text = body if self.command == "POST" else parts.query
        if parts.path.startswith("/v1/"):
            self._api(parts.path, text)
        elif parts.path.startswith("/_control"):
            self._control(parts.path, body)
        elif parts.path == "/assets/pay.css":
            self._send(200, pages.style(), {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "max-age=60"})
        elif parts.path == "/healthz":
            self._json(200, {"ok": True})
        else:
            self._page(parts.path, text)

    def _api(self, path: str, text: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = self.server.api.answer(Request(self.command, path, text, headers))
        except HangUp:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        except StripeError as error:
            self._json(error.status, {"error": error.error})
        except Exception:
            logger.exception("the stand-in failed at %s %s", self.command, path)
            self._json(500, {"error": {"type": "api_error", "message": "The stand-in failed; see its log."}})
        else:
            self._json(answer.status, answer.body, answer.headers)

    def _control(self, path: str, body: str) -> None:
        """Loopback and JSON only: a web page elsewhere can't send JSON here without being asked first."""
        is_json = self.headers.get_content_type() == "application/json"
        if not ipaddress.ip_address(self.client_address[0]).is_loopback or (self.command == "POST" and not is_json):
            status, answer = 403, {"error": "loopback and application/json only"}
        else:
            status, answer = self.server.control.answer(self.command, path, body)
        self._json(status, answer)

    def _page(self, path: str, text: str) -> None:
        page = self.server.hosted.answer(self.command, path, text)
        forms = f"form-action 'self' {page.forms_to}".strip()
        policy = f"default-src 'none'; style-src 'self'; {forms}; base-uri 'none'; frame-ancestors 'none'"
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        if page.location:
            headers["Location"] = page.location
        self._send(page.status, page.html.encode(), headers)

    def _json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body, indent=2).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value.replace("\r", "").replace("\n", ""))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def serve(options: Options) -> None:
    """Answer until interrupted."""
    with Server(options) as server:
        server.messenger.start()
        print(f"Stand-in for Stripe on http://localhost:{server.server_port} (no money moves)", flush=True)  # noqa: T201
        try:
            server.serve_forever(poll_interval=0.1)
        finally:
            server.messenger.over.set()

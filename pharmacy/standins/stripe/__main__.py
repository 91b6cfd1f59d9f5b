"""`python -m pharmacy.standins.stripe`: start the stand-in for Stripe."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from pharmacy.standins.stripe.server import Options, serve


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pharmacy.standins.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="port on loopback (0: any free one)")
    parser.add_argument("--state", type=Path, required=True, help="directory that keeps the journal")
    parser.add_argument("--webhook-url", default="", help="where events are sent; none are without it")
    parser.add_argument("--secret", default="whsec_standin", help="secret that signs webhooks")
    parser.add_argument("--key", default="sk_test_standin", help="the secret key that callers must present")
    parser.add_argument("--public-url", default="", help="address of the hosted pages (default: http://localhost:PORT)")
    parser.add_argument(
        "--retry-base", type=float, default=1.0, help="seconds before a webhook is tried again, then doubled"
    )
    parser.add_argument("--allow", action="store_true", help="start although this is no demonstration (for tests)")
    return parser.parse_args()


def main() -> None:
    """Start, unless this is a real pharmacy: there the stand-in would give medicines away."""
    told = _arguments()
    if not told.allow and os.environ.get("DEMO") != "1":
        sys.exit("The stand-in for Stripe starts only where DEMO=1: here it would take orders that nobody pays.")
    if not told.key.startswith("sk_test_"):
        sys.exit("--key must begin with sk_test_: a live key has no business here.")
    logging.basicConfig(level=os.environ.get("STANDIN_LOG", "WARNING"), format="%(name)s %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve(
            Options(
                told.port,
                told.state,
                told.webhook_url,
                told.secret,
                told.key,
                told.public_url.rstrip("/"),
                told.retry_base,
            )
        )
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()

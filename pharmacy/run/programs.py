"""Which processes a running pharmacy consists of, and how each is called."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pharmacy.run.children import Child


def children(variables: Mapping[str, str], logs: Path) -> list[Child]:
    """Web server, worker and clock; in the demo without a key of Stripe's, its stand-in too."""
    found = [
        Child("Web server", web(variables), logs / "web.log"),
        Child("Worker", worker(variables), logs / "worker.log"),
        Child("Clock", clock(logs.parent), logs / "clock.log"),
    ]
    if has_standin(variables):
        found.insert(0, Child("Stripe stand-in", standin(variables, logs.parent), logs / "stripe.log"))
    return found


def web(variables: Mapping[str, str]) -> list[str]:
    """gunicorn with threads; a worker that hangs for a minute is replaced."""
    shared_memory = ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []  # noqa: S108
    return [
        *python("gunicorn", "pharmacy.wsgi:application", "--worker-class", "gthread"),
        *("--workers", variables.get("WEB_WORKERS", "2"), "--threads", variables.get("WEB_THREADS", "4")),
        *("--bind", f"127.0.0.1:{port(variables)}", "--timeout", "60", "--graceful-timeout", "10"),
        *("--max-requests", "20000", "--max-requests-jitter", "2000", "--no-control-socket", "--preload"),
        *shared_memory,
    ]


def worker(variables: Mapping[str, str]) -> list[str]:
    """The Celery worker; threads where the machine has no room for semaphores (read-only /dev/shm)."""
    pool = "prefork" if semaphores_work() else "threads"
    return [
        *python("celery", "--app", "pharmacy", "worker", "--pool", pool),
        *("--concurrency", variables.get("WORKER_PROCESSES", "4"), "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--hostname", f"worker-{port(variables)}@%h"),
    ]


def clock(var: Path) -> list[str]:
    """Celery beat: one, and only one, for an installation."""
    schedule = str(var / "run" / "beat-schedule")
    return [
        *python("celery", "--app", "pharmacy", "beat", "--loglevel", "WARNING", "--schedule", schedule),
        "--pidfile=",
    ]


def standin(variables: Mapping[str, str], var: Path) -> list[str]:
    """The bundled Stripe stand-in, which tells our webhook what it does."""
    return python(
        "pharmacy.standins.stripe",
        *("--port", str(standin_port(variables)), "--state", str(var / "stripe")),
        *("--webhook-url", f"http://127.0.0.1:{port(variables)}/webhooks/stripe/"),
        *("--secret", variables["STRIPE_WEBHOOK_SECRET"], "--key", variables["STRIPE_SECRET_KEY"]),
    )


def with_standin(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, with the stand-in's address and a key that only it accepts where Stripe's are missing."""
    if not has_standin(variables):
        return dict(variables)
    address = f"http://localhost:{standin_port(variables)}"
    return dict(variables) | {"STRIPE_SECRET_KEY": "sk_test_standin", "STRIPE_API_BASE": address}


def has_standin(variables: Mapping[str, str]) -> bool:
    """Whether payments go to the stand-in: in a demo that names no key and no other address."""
    own = variables.get("STRIPE_SECRET_KEY", "sk_test_standin") == "sk_test_standin"
    address = variables.get("STRIPE_API_BASE", "")
    ours = not address or address == f"http://localhost:{standin_port(variables)}"
    return variables.get("DEMO") == "1" and own and ours


def port(variables: Mapping[str, str]) -> int:
    """Where the web server listens (loopback only)."""
    return int(variables.get("PORT", "8000"))


def standin_port(variables: Mapping[str, str]) -> int:
    """Where the stand-in listens: next door."""
    return port(variables) + 1


def python(module: str, *args: str) -> list[str]:
    """Call a module with the interpreter that runs us."""
    return [sys.executable, "-m", module, *args]


def semaphores_work() -> bool:
    """Whether Celery's process pool can run here."""
    try:
        multiprocessing.get_context("fork").Semaphore()
    except OSError:
        return False
    return True

"""Wake a worker: a hint, never a promise. Rung from a thread, so that a frozen broker never holds up a request."""

from __future__ import annotations

import logging
import os
import threading

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)
QUEUES = tuple(queue.name for queue in settings.CELERY_TASK_QUEUES)


class _Bell:
    """One thread a process, which rings for the queues that asked since it last looked."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.waiting: set[str] = set()
        self.lock = threading.Lock()
        self.woken = threading.Event()
        threading.Thread(target=self._run, name="doorbell", daemon=True).start()

    def ring(self, queue: str) -> None:
        with self.lock:
            self.waiting.add(queue)
        self.woken.set()

    def _run(self) -> None:
        while True:
            self.woken.wait()
            self.woken.clear()
            with self.lock:
                queues, self.waiting = self.waiting, set()
            for queue in queues:
                try:
                    current_app.send_task("journal.relay", [queue], queue=queue, retry=False, expires=30)
                except (OSError, OperationalError) as problem:  # the broker is away: a worker's pulse finds the entry
                    logger.warning("the doorbell is dead: %s", type(problem).__name__)


_bell: _Bell | None = None
_making = threading.Lock()


def ring(queue: str) -> None:
    """Hint to the workers that `queue` has something due."""
    global _bell  # noqa: PLW0603  # one bell a process
    if not getattr(settings, "DOORBELL", True):
        return
    if _bell is None or _bell.pid != os.getpid():  # a forked child has no thread of its parent's
        with _making:
            if _bell is None or _bell.pid != os.getpid():
                _bell = _Bell()
    _bell.ring(queue)

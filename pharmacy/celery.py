"""The Celery app. Its messages are wake-up hints: what is owed stands in PostgreSQL (see pharmacy.journal)."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pharmacy.settings")


class HouseTask(Task):  # type: ignore[misc]  # celery has no types
    """Notes when a periodic job starts, so that a dead beat is noticed (see pharmacy.heart)."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task's function."""
        from pharmacy.heart import note_started, scheduled_names

        if self.name in scheduled_names():
            note_started(self.name)
        return super().__call__(*args, **kwargs)


app = Celery("pharmacy", task_cls=HouseTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Django has configured the logs; Celery leaves them alone when somebody is connected here."""


@worker_init.connect  # not worker_ready: a worker that starts while the broker is away is never ready, and must work
def _start_heart(**_: Any) -> None:
    from pharmacy.heart import start

    start()

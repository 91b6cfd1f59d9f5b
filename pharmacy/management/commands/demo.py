"""`manage.py demo`: fill a database with the demo's people, sites, rules, catalogue and stock. Safe to run again."""

from __future__ import annotations

import importlib
import importlib.util
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from pharmacy.accounts.demo import people

LOADERS = ("catalog.demo.load", "prescriptions.demo.load", "orders.demo.load")


class Command(BaseCommand):
    """Loads the demonstration. Refuses outside of a demo."""

    help = "Load the demonstration's people, catalogue and stock (DEMO=1 only; safe to run again)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load each app's demo in turn, with a progress bar."""
        if not settings.DEMO:
            raise CommandError("The demo is loaded only where DEMO=1.")
        with Progress(console=Console(file=cast(IO[str], self.stdout))) as progress:
            bar = progress.add_task("People", total=1)

            def tell(what: str, done: int, total: int) -> None:
                progress.update(bar, description=what, completed=done, total=total)

            people.load()
            for name in LOADERS:
                if importlib.util.find_spec(name):
                    importlib.import_module(name).load(progress=tell)
            progress.update(bar, description="Demo", completed=1, total=1)

"""`manage.py rotate_keys`: seal everything anew with the first of ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pharmacy.crypto import current_key_id
from pharmacy.rotation import BATCH, left, places, rotate, rotate_second_factors


class Command(BaseCommand):
    """Goes through every table with sealed columns in batches; can be stopped and started again at any time."""

    help = "Seal data keys and sealed columns anew with the first of ENCRYPTION_KEYS. Old keys stay readable meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        """--batch N rows a transaction, --dry-run to count only."""
        parser.add_argument("--batch", type=int, default=BATCH, help="rows a transaction")
        parser.add_argument("--dry-run", action="store_true", help="only say how much is left")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rows by table; exits with 1 when something is left sealed with another key."""
        self.stdout.write(f"sealing with key {current_key_id()}")
        total = 0
        for place in places():
            found = left(place)
            if found and not options["dry_run"]:
                rotate(place, batch=max(1, options["batch"]))
            if found:
                self.stdout.write(f"{place.table}: {found} rows")
            total += found
        if not options["dry_run"]:
            factors = rotate_second_factors()
            if factors:
                self.stdout.write(f"second factors: {factors}")
        said = "left" if options["dry_run"] else "done"
        self.stdout.write(f"{said}: {total} rows. An old key may go from ENCRYPTION_KEYS once nothing is left with it.")

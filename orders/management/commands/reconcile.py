"""`manage.py reconcile`: bring payments up to date with the provider, then say what still differs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.tasks.reconcile import reconcile


class Command(BaseCommand):
    """Compares every payment with the payment provider."""

    help = "Compare all payments with the payment provider; exits with 1 when something still differs."

    def add_arguments(self, parser: CommandParser) -> None:
        """--json for machines."""
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reconcile and print."""
        found = reconcile()
        if options["json"]:
            self.stdout.write(json.dumps({"differences": [asdict(one) for one in found]}))
        else:
            for one in found:
                self.stdout.write(f"{one.reference}: {one.what}, here {one.ours}, there {one.theirs}")
            self.stdout.write(f"{len(found)} differences")
        if found:
            raise CommandError("the books differ")

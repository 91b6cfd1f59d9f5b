"""`manage.py partner_key NAME`: a new API key, printed as the last line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pharmacy.accounts.actions import SCOPES, issue_key


class Command(BaseCommand):
    """Makes the partner if need be, and a key that is shown this once."""

    help = "Create a partner if need be and print a new API key (shown this once) as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        """The partner's name, scopes (all without any), --live."""
        parser.add_argument("name")
        parser.add_argument("--scope", action="append", default=[], choices=SCOPES, help="may be repeated; none: all")
        parser.add_argument("--live", action="store_true", help="a live key (else: test objects only)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was made, then the key."""
        key, text = issue_key(options["name"], scopes=options["scope"], live=options["live"], by="job:partner_key")
        kind = "test" if key.is_test else "live"
        self.stdout.write(f"{key.partner.name}: a {kind} key with {', '.join(key.scopes)}. It is shown this once:")
        self.stdout.write(text)

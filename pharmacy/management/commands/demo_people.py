"""`manage.py demo_people`: how to sign in as the demo's people, with the code their second factor shows now."""

from __future__ import annotations

import json
import time
from typing import IO, Any, cast

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from pharmacy.accounts.actions import issue_key
from pharmacy.accounts.demo import people


def code_now(secret: str) -> str:
    """The six digits that an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


class Command(BaseCommand):
    """Prints sign-ins. Refuses outside of a demo."""

    help = "Print how to sign in as the demo's people (--json: with TOTP secrets and a fresh test key)."

    def add_arguments(self, parser: CommandParser) -> None:
        """--json for scripts."""
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a table, or JSON with a test key of the demo partner."""
        if not settings.DEMO:
            raise CommandError("Demo people exist only in a demo (DEMO=1).")
        sign_ins = people.sign_ins()
        if options["json"]:
            _, key = issue_key(people.PARTNER, scopes=[], live=False, by="job:demo_people")
            self.stdout.write(json.dumps({"people": sign_ins, "partner": people.PARTNER, "test_key": key}, indent=1))
            return
        table = Table("Who", "What they are", "E-mail", "Code now", title="Sign in as", title_justify="left")
        for person in sign_ins:
            secret = person["totp_secret"]
            code = code_now(secret) if secret else "none needed"
            table.add_row(person["name"], "\n".join(person["roles"]), person["email"], code)
        console = Console(file=cast(IO[str], self.stdout))
        console.print(table)
        console.print(f"Password of all: {people.PASSWORD}   (a fresh code: manage.py demo_people)")

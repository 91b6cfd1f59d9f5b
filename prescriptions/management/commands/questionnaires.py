"""`manage.py questionnaires --by NAME`: load what ships; none is in use before a second person says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pharmacy.refusals import NotPossible
from prescriptions.actions.consultation import write_questionnaire

SHIPPED = Path(__file__).parent.parent.parent / "questionnaires"


class Command(BaseCommand):
    """Safe to run again: a version keeps its words."""

    help = "Load the shipped questionnaires, not in use until a superintendent approves them in the workbench."

    def add_arguments(self, parser: CommandParser) -> None:
        """--by."""
        parser.add_argument("--by", required=True, help="who has read them and stands for them as author")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a file."""
        for path in sorted(SHIPPED.glob("*.json")):
            try:
                kept = write_questionnaire(json.loads(path.read_text()), by=options["by"])
            except NotPossible as refusal:
                self.stderr.write(f"{path.name}: {refusal.detail}")
                continue
            state = "in use" if kept.approved_at else "waits for approval"
            self.stdout.write(f"{kept}: {state}")

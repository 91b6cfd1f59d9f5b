"""`manage.py load_clinical_rules`: keep the shipped dose limits, contraindications and groups as drafts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from prescriptions import reference
from prescriptions.actions.clinical_rules import Draft, write_rules

AUTHOR = "shipped with the product"


class Command(BaseCommand):
    """Loads drafts. A superintendent approves them on the page "Clinical rules"; before that they do not count."""

    help = "Load the shipped clinical rules as drafts, which a superintendent approves in the workbench."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say how many were new."""
        drafts = [
            Draft(row.kind, row.code, row.substance, row.severity, row.source, row.section, row.gist, row.value)
            for row in reference.rows()
        ]
        count = write_rules(drafts, author=AUTHOR, by="job:load-clinical-rules")
        self.stdout.write(f"{count} new drafts of {len(drafts)} rules. They count once a superintendent approves them.")

"""What `manage.py demo` loads of this app."""

from __future__ import annotations

from typing import Any

from prescriptions.demo import care, cases, intake


def load(**told: Any) -> int:
    """Clinical rules and cases; questionnaires, questions and a journal; what came in as data; safe to run again."""
    return cases.load(**told) + care.load(**told) + intake.load(**told)

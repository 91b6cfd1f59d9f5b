"""Registers the pages of this room. `queue` comes first: its fixed addresses stand before a case's number."""

from prescriptions.workbench import queue, case, verbs, line_verbs, answer_verbs, second_verbs, paper  # noqa: F401, I001  (the order of the addresses)
from prescriptions.workbench import care_panel, carers, clinical_rules, dashboard, incoming, questions, retention  # noqa: F401

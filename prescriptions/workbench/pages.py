"""Registers the pages of this room. `queue` comes first: its fixed addresses stand before a case's number."""

from prescriptions.workbench import queue, case, verbs, line_verbs, paper  # noqa: F401, I001  (the order of the addresses)

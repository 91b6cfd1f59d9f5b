"""Work of the catalogue that waits: search rows after changes, expired lots, prices that turn."""

from catalog.tasks import guides, housekeeping, search  # noqa: F401  (subscribers register themselves)

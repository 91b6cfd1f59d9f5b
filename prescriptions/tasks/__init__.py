"""Work that waits or leaves the building."""

from prescriptions.tasks import documents, housekeeping, mail  # noqa: F401  (subscribers register themselves)

"""Work that leaves the building or waits. Importing it registers the subscribers."""

from orders.tasks import housekeeping, mail, payment, reconcile, review, shipping  # noqa: F401

"""Letters that could not leave at once."""

from celery import shared_task

from pharmacy.messaging.actions import post_due


@shared_task(name="messaging.sweep")
def sweep() -> int:
    """Try every letter that is due."""
    return post_due()

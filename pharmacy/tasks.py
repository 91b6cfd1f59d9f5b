"""The house's own small jobs."""

from celery import shared_task


@shared_task(name="pharmacy.heartbeat")
def heartbeat() -> None:
    """Nothing: that it started is noted, and /readyz reads when."""

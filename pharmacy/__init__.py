"""The kernel of the pharmacy: words that every app uses, and the front door."""

from pharmacy.celery import app as celery_app

__all__ = ["celery_app"]

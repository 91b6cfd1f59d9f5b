"""Guides that are due again (R-805), and an optional look whether cited addresses still answer."""

from __future__ import annotations

import logging
from urllib.error import URLError
from urllib.request import Request, urlopen

from celery import shared_task

from catalog.actions.guides import mark_review_due
from catalog.models.guide import GuideSource, GuideVersion
from catalog.queries.guide_draft import source
from catalog.queries.guide_labels import with_changed_labels
from catalog.rules.guide_shape import LIVE
from catalog.rules.guide_sources import address_of
from pharmacy.clock import today

log = logging.getLogger(__name__)
SECONDS = 10
BY = "job:guides"


@shared_task(name="catalog.guides_due")
def guides_due() -> int:
    """Mark what is due by its day or by a newer label; how many. Doubled runs do no harm: the second finds none."""
    changed = set(with_changed_labels())
    marked = 0
    for version in GuideVersion.objects.filter(status="published").select_related("guide"):
        if version.pk in changed:
            marked += mark_review_due(version, because="label", by=BY)
        elif version.next_review is not None and version.next_review <= today():
            marked += mark_review_due(version, because="date", by=BY)
    return marked


@shared_task(name="catalog.guide_addresses")
def guide_addresses() -> list[str]:
    """Addresses cited by live guides that do not answer now. Never required: run it by hand where there is a network.

    No transaction is open while it asks, nothing is changed; what it returns is for a person to look at.
    """
    rows = GuideSource.objects.filter(version__status__in=LIVE)
    addresses = sorted({address for row in rows if (address := address_of(source(row)))})
    return [address for address in addresses if not _answers(address)]


def _answers(address: str) -> bool:
    # Only https addresses pass the gate; the host was typed by staff and signed by a reviewer.
    try:
        with urlopen(Request(address, method="HEAD"), timeout=SECONDS) as answer:  # noqa: S310
            return bool(answer.status < 400)
    except (URLError, TimeoutError, OSError) as problem:
        log.info("a cited address does not answer: %s", type(problem).__name__)
        return False

"""The labels that guides lean on: which are known here, and which have changed since a guide was signed (R-805)."""

from __future__ import annotations

from django.db import connection

from catalog.models.guide import GuideVersion
from catalog.models.label import Label


def known_set_ids(version: GuideVersion) -> set[str] | None:
    """Set ids cited by the version that are among the labels loaded here; None while no label is loaded at all."""
    cited = version.sources.exclude(set_id="").values_list("set_id", flat=True)
    known = set(Label.objects.filter(set_id__in=list(cited)).values_list("set_id", flat=True))
    return known if known or Label.objects.exists() else None


CHANGED = """
SELECT DISTINCT v.id FROM catalog_guideversion v
JOIN catalog_guidesource s ON s.version_id = v.id AND s.set_id <> ''
JOIN catalog_label l ON l.set_id = s.set_id AND l.superseded_at IS NOT NULL
WHERE v.status = 'published' AND l.superseded_at::date >= v.reviewed_on
AND l.superseded_at > coalesce((SELECT max(r.at) FROM catalog_guidereview r WHERE r.version_id = v.id
                                AND r.verdict IN ('published', 'confirmed')), v.published_at)
"""


def with_changed_labels() -> list[int]:
    """Ids of published versions that cite a label of which a newer version came since they were signed."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED)
        return [row[0] for row in cursor.fetchall()]

"""Keeping labels, and choosing the one that stands with each product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from catalog.actions.search import mark_due
from catalog.models.label import Label, LabelSection, LabelUse
from catalog.rules.label_draft import LabelDraft, form_class, is_older, release
from catalog.rules.label_sections import BY_KIND, POSITION
from catalog.rules.label_text import lead
from pharmacy.clock import db_now
from pharmacy.transactions import joins_transaction, own_transaction

SUPERSEDED = "older than the version that is held"


@dataclass
class Kept:
    """What became of a batch: how many are new, replace an earlier version, or were there; and the older ones."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    older: list[LabelDraft] = field(default_factory=list)


@joins_transaction
def keep_labels(drafts: Sequence[LabelDraft]) -> Kept:
    """Keep labels; a newer version supersedes the row before it, whose text stays. Older copies are handed back."""
    kept = Kept()
    sets = sorted({draft.set_id for draft in drafts})
    held = {
        label.set_id: label
        for label in Label.objects.select_for_update().filter(set_id__in=sets, superseded_at=None).order_by("id")
    }
    known = set(Label.objects.filter(set_id__in=sets).values_list("set_id", "digest"))
    for draft in drafts:
        current = held.get(draft.set_id)
        if current is not None and current.digest == draft.digest:
            kept.unchanged += 1
        elif (draft.set_id, draft.digest) in known or (
            current is not None
            and is_older(draft.version, draft.effective_on, than=(current.version, current.effective_on))
        ):
            kept.older.append(draft)
        else:
            held[draft.set_id] = _write(draft, current)
            known.add((draft.set_id, draft.digest))
            kept.new += current is None
            kept.changed += current is not None
    return kept


def _write(draft: LabelDraft, before: Label | None) -> Label:
    if before is not None:
        Label.objects.filter(pk=before.pk).update(superseded_at=db_now())
    label = Label.objects.create(
        set_id=draft.set_id, document_id=draft.document_id, version=draft.version, effective_on=draft.effective_on,
        title=draft.title[:300], kind=draft.kind, labeler=draft.labeler[:200], source=draft.source, digest=draft.digest,
        product_codes=list(draft.product_codes), substance_keys=list(draft.substance_keys), routes=list(draft.routes),
        form=draft.form, release=draft.release, words=draft.words[:1200],
    )  # fmt: skip
    LabelSection.objects.bulk_create([_section(label, each.kind, list(each.blocks)) for each in draft.sections])
    if before is not None:  # at once: a product never shows words that were taken back
        worn = LabelUse.objects.filter(label=before)
        mark_due(worn.values_list("product_id", flat=True))
        worn.update(label=label)
    return label


def _section(label: Label, kind: str, blocks: list[dict[str, object]]) -> LabelSection:
    beginning, cut = lead(blocks)
    known = BY_KIND[kind]
    return LabelSection(
        label=label, position=POSITION[kind], kind=kind, code=known.code, title=known.title, lead=beginning,
        is_cut=cut, blocks=blocks,
    )  # fmt: skip


# A product's own label by its code; else the newest of the same substances, form, release and route, and for the same
# kind of sale: a prescription strength's label is never shown with what is sold freely. US labels for the US only.
ATTACH = """
WITH form(listed, form, release) AS (SELECT * FROM unnest(%(listed)s::text[], %(forms)s::text[], %(releases)s::text[])),
sold AS (
    SELECT p.id, p.source_key, p.route, p.form_listed, y.supply_class FROM catalog_product p
    JOIN catalog_supply y ON y.product_id = p.id AND y.country = 'US' AND y.valid_from <= (SELECT app_now()::date)
                         AND (y.valid_until IS NULL OR y.valid_until >= (SELECT app_now()::date))
    WHERE p.withdrawn_at IS NULL AND p.source <> 'ema'
),
made_of AS (
    SELECT i.product_id, array_agg(DISTINCT s.key ORDER BY s.key) AS keys FROM catalog_productsubstance i
    JOIN catalog_substance s ON s.id = i.substance_id GROUP BY i.product_id
),
current AS (SELECT * FROM catalog_label WHERE superseded_at IS NULL),
fits AS (
    SELECT s.id AS product_id, l.id AS label_id, 'code' AS match, 0 AS rank, l.effective_on, l.version
    FROM current l CROSS JOIN LATERAL unnest(l.product_codes) AS c(code) JOIN sold s ON s.source_key = c.code
    UNION ALL
    SELECT s.id, l.id, 'same_medicine', 1, l.effective_on, l.version
    FROM sold s JOIN form f ON f.listed = s.form_listed AND f.form <> ''
    JOIN made_of m ON m.product_id = s.id
    JOIN current l ON to_jsonb(l.substance_keys) = to_jsonb(m.keys) AND l.form = f.form AND l.release = f.release
         AND l.kind = CASE WHEN s.supply_class = 'general_sale' THEN 'otc'
                           WHEN s.supply_class IN ('prescription_only', 'controlled') THEN 'prescription' END
         AND l.routes::text[] && regexp_split_to_array(upper(s.route), '\\s*[,;]\\s*')
),
best AS (
    SELECT DISTINCT ON (product_id) product_id, label_id, match FROM fits
    ORDER BY product_id, rank, effective_on DESC NULLS LAST, version DESC NULLS LAST, label_id DESC
),
gone AS (
    DELETE FROM catalog_labeluse u WHERE NOT EXISTS (SELECT FROM best b WHERE b.product_id = u.product_id)
    RETURNING product_id
),
done AS (
    INSERT INTO catalog_labeluse (product_id, label_id, match) SELECT product_id, label_id, match FROM best
    ON CONFLICT (product_id) DO UPDATE SET label_id = excluded.label_id, match = excluded.match
    WHERE (catalog_labeluse.label_id, catalog_labeluse.match) IS DISTINCT FROM (excluded.label_id, excluded.match)
    RETURNING product_id
),
due AS (
    INSERT INTO catalog_searchdue (product_id) SELECT product_id FROM gone UNION SELECT product_id FROM done
    ON CONFLICT DO NOTHING
)
SELECT (SELECT count(*) FROM done), (SELECT count(*) FROM gone)
"""


@own_transaction
def attach_labels() -> int:
    """Choose the label of every product anew, set-based; how many changed. Those products' search rows become due."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT DISTINCT form_listed FROM catalog_product WHERE withdrawn_at IS NULL")
        listed = [form for (form,) in cursor.fetchall()]
        cursor.execute(
            ATTACH,
            {
                "listed": listed,
                "forms": [form_class(form) for form in listed],
                "releases": [release(form) for form in listed],
            },
        )
        done, gone = cursor.fetchone()
    return int(done) + int(gone)

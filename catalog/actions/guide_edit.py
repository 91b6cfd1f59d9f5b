"""Writing in a draft: its title and summary, its sections, its sources; and a new draft of what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Max

from catalog.actions.guides import lock, may_write
from catalog.models.guide import Guide, GuideCite, GuideClaim, GuideSection, GuideSource, GuideVersion, GuideWriter
from catalog.queries.guide_draft import sections_of, sources_of
from catalog.rules.guide_shape import LIVE, OPEN, Section, Source
from pharmacy.accounts.models import User
from pharmacy.journal.actions import record
from pharmacy.refusals import NotPossible, Overtaken
from pharmacy.transactions import joins_transaction, own_transaction


@own_transaction
def describe(version: GuideVersion, *, title: str, summary: str, note: str, seen: int | None = None, by: User) -> None:
    """Title, the sentence below it, and what the change log will say. `seen`: the revision the page showed."""
    locked = _open_for(version, seen, by)
    locked.title, locked.summary, locked.note = title.strip(), summary.strip(), note.strip()
    locked.save(update_fields=["title", "summary", "note"])


@own_transaction
def write_section(version: GuideVersion, section: Section, *, seen: int | None = None, by: User) -> None:
    """Put a whole section in the place of what was there. Raises Overtaken when somebody edited since `seen`.

    Sources that it cites must exist in the version (NotPossible).
    """
    put_section(_open_for(version, seen, by), section)


@own_transaction
def drop_section(version: GuideVersion, key: str, *, seen: int | None = None, by: User) -> None:
    """Take a section out of a draft."""
    locked = _open_for(version, seen, by)
    _empty(GuideSection.objects.filter(version=locked, key=key))


@own_transaction
def write_source(version: GuideVersion, source: Source, *, seen: int | None = None, by: User) -> None:
    """Add a source, or correct the one of that key."""
    put_source(_open_for(version, seen, by), source)


@own_transaction
def drop_source(version: GuideVersion, key: str, *, seen: int | None = None, by: User) -> None:
    """Take a source out of a draft. Raises NotPossible while a sentence cites it."""
    locked = _open_for(version, seen, by)
    if GuideCite.objects.filter(source__version=locked, source__key=key).exists():
        raise NotPossible("Sentences still cite it.")
    GuideSource.objects.filter(version=locked, key=key).delete()


@own_transaction
def start_version(guide: Guide, *, note: str = "", by: User) -> GuideVersion:
    """A draft that begins as a copy of what is published. Raises NotPossible while another one is open."""
    may_write(by)
    Guide.objects.select_for_update(of=("self",)).get(pk=guide.pk)
    if GuideVersion.objects.filter(guide=guide, status__in=OPEN).exists():
        raise NotPossible("Another version is already being written.")
    versions = GuideVersion.objects.filter(guide=guide)
    model = versions.filter(status__in=LIVE).first() or versions.order_by("-number").first()
    if model is None:
        raise NotPossible("There is nothing to begin from.")
    number = (versions.aggregate(most=Max("number"))["most"] or 0) + 1
    draft = GuideVersion.objects.create(
        guide=guide, number=number, title=model.title, summary=model.summary, note=note.strip(), author=by
    )
    GuideWriter.objects.create(version=draft, user=by)
    for source in sources_of(model):
        put_source(draft, source)
    for section in sections_of(model):
        put_section(draft, section)
    record("guide.version_started", about=guide, by=by, version=number)
    return draft


@joins_transaction
def put_section(draft: GuideVersion, section: Section) -> None:
    """Write a section with its claims and citations; what was there under its key goes."""
    known = dict(GuideSource.objects.filter(version=draft).values_list("key", "pk"))
    missing = sorted({cite.source for claim in section.claims for cite in claim.cites} - set(known))
    if missing:
        raise NotPossible(f"There is no source called {', '.join(missing)}; add it first.")
    _empty(GuideSection.objects.filter(version=draft, key=section.key))
    row = GuideSection.objects.create(
        version=draft, key=section.key, heading=section.heading, position=_place(section.key),
        nothing_found=section.nothing_found,
    )  # fmt: skip
    claims = GuideClaim.objects.bulk_create(
        GuideClaim(
            section=row, position=at, kind=claim.kind, layout=claim.layout, text=claim.text.strip(),
            figures=[asdict(figure) for figure in claim.figures],
        )
        for at, claim in enumerate(section.claims, 1)
    )  # fmt: skip
    GuideCite.objects.bulk_create(
        GuideCite(claim=made, source_id=known[cite.source], place=cite.where, position=at)
        for made, claim in zip(claims, section.claims, strict=True)
        for at, cite in enumerate(claim.cites)
    )


@joins_transaction
def put_source(draft: GuideVersion, source: Source) -> None:
    """Write a source under its key; it keeps its number when it was there."""
    facts: dict[str, Any] = {name: value for name, value in asdict(source).items() if name != "key"}
    most = GuideSource.objects.filter(version=draft).aggregate(most=Max("position"))["most"] or 0
    GuideSource.objects.update_or_create(
        version=draft, key=source.key, defaults=facts, create_defaults={**facts, "position": most + 1}
    )


@own_transaction
def write_all(version: GuideVersion, *, sources: Sequence[Source], sections: Sequence[Section], by: User) -> None:
    """Fill a draft in one go: how a file of a guide is loaded."""
    locked = _open_for(version, None, by)
    for source in sources:
        put_source(locked, source)
    for section in sections:
        put_section(locked, section)


def _open_for(version: GuideVersion, seen: int | None, by: User) -> GuideVersion:
    may_write(by)
    locked = lock(version, "draft")
    if seen is not None and seen != locked.revision:
        raise Overtaken("Somebody else edited this guide since you opened it. Look at what changed, then save again.")
    GuideWriter.objects.get_or_create(version=locked, user=by)
    locked.revision += 1
    locked.save(update_fields=["revision"])
    record("guide.edited", about=locked, by=by, number=locked.number, revision=locked.revision)
    return locked


def _empty(sections: Any) -> None:
    GuideCite.objects.filter(claim__section__in=sections).delete()
    GuideClaim.objects.filter(section__in=sections).delete()
    sections.delete()


def _place(key: str) -> int:
    """Where a section stands: uses first, then how it works, comparison, and so on; overdose is always early."""
    return ORDER.index(key) if key in ORDER else len(ORDER)


# How a reader meets them: what it is, how it is taken, what can go wrong, the rest.
ORDER = [
    "what_for", "mechanism", "who_must_not", "how_to_take", "missed_dose", "as_needed", "stopping", "overdose",
    "side_effects", "drowsiness", "driving", "interactions", "pregnancy", "kidney_liver", "compared", "genes", "makers",
    "help_paying", "storage", "reporting", "more",
]  # fmt: skip

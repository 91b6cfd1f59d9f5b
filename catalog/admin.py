"""The catalogue in the admin: products are edited here; stock, prices and import runs are only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.actions.search import mark_due
from catalog.models.address import FormerAddress
from catalog.models.imports import ImportRefusal, ImportRun
from catalog.models.interaction import Interaction, InteractionRule, InteractionSource, SubstanceClass
from catalog.models.label import Label, LabelUse
from catalog.models.product import Pack, PackCode, Price, Product, ProductSubstance, Substance, SubstanceName, Supply
from catalog.models.rule import CountryRule
from catalog.models.site import Site, SiteLicence
from catalog.models.stock import Lot, LotUse, Reservation, StockLevel, StockMove
from catalog.rules import names
from pharmacy.web.admin import EditedAdmin, ReadOnlyAdmin, site


@admin.register(Product, site=site)
class ProductAdmin(EditedAdmin):
    """Names, shelf and purpose may be put right by hand; what the source says stays as it says it."""

    list_display = ("name", "strength", "form", "labeler", "source", "source_key", "shelf", "withdrawn_at")
    list_filter = ("source", "kind", "shelf")
    search_fields = ("name_key", "source_key")
    fields = ("name", "shelf", "atc", "purpose", "source", "source_key", "labeler", "form", "strength", "as_of")
    readonly_fields = ("source", "source_key", "labeler", "form", "strength", "as_of")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Products come from imports."""
        return False

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """Save, and have the search rows made anew."""
        super().save_model(request, obj, form, change)
        mark_due([obj.pk])


@admin.register(Substance, site=site)
class SubstanceAdmin(EditedAdmin):
    """Substances and the names people type for them."""

    list_display = ("name", "atc_codes", "unii", "rxcui")
    search_fields = ("key",)

    def save_model(self, request: HttpRequest, obj: Substance, form: Any, change: bool) -> None:
        """Save, and have the rows of its products made anew."""
        super().save_model(request, obj, form, change)
        mark_due(obj.uses.values_list("product_id", flat=True))


@admin.register(SubstanceName, site=site)
class SubstanceNameAdmin(EditedAdmin):
    """Salts, synonyms and brands."""

    list_display = ("name", "substance", "kind", "source")
    list_filter = ("kind",)
    search_fields = ("key",)
    autocomplete_fields = ("substance",)

    def save_model(self, request: HttpRequest, obj: SubstanceName, form: Any, change: bool) -> None:
        """Save under the key that search compares, and have the rows of its substance's products made anew."""
        obj.key = names.key(obj.name)
        super().save_model(request, obj, form, change)
        mark_due(obj.substance.uses.values_list("product_id", flat=True))


@admin.register(Price, site=site)
class PriceAdmin(ReadOnlyAdmin):
    """Prices and their history."""

    list_display = (
        "pack",
        "currency",
        "amount_minor",
        "acquisition_minor",
        "margin_minor",
        "fee_minor",
        "source",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("pack",)


@admin.register(Lot, site=site)
class LotAdmin(ReadOnlyAdmin):
    """Lots by expiry."""

    list_display = ("number", "site", "pack", "expires_on", "state", "on_hand", "reserved")
    list_filter = ("site", "state")
    search_fields = ("number",)
    list_select_related = ("site", "pack")


@admin.register(StockMove, site=site)
class StockMoveAdmin(ReadOnlyAdmin):
    """The ledger."""

    list_display = ("at", "kind", "lot", "units", "by")
    list_filter = ("kind",)
    list_select_related = ("lot",)


@admin.register(Label, site=site)
class LabelAdmin(ReadOnlyAdmin):
    """Labels and the versions before them."""

    list_display = ("title", "labeler", "kind", "version", "effective_on", "source", "superseded_at")
    list_filter = ("kind", "source")
    search_fields = ("title", "set_id")
    exclude = ("words", "digest")


@admin.register(InteractionRule, site=site)
class InteractionRuleAdmin(ReadOnlyAdmin):
    """What sources say; changed by their files, never by hand."""

    list_display = ("one", "other", "severity", "source", "citation", "verified")
    list_filter = ("source", "severity", "verified", "original_language")
    search_fields = ("one", "other", "mechanism")
    list_select_related = ("source",)


@admin.register(Interaction, site=site)
class InteractionAdmin(ReadOnlyAdmin):
    """Pairs of substances; searched by either name."""

    list_display = ("first", "second", "rule", "source")
    list_filter = ("source", "rule__severity")
    search_fields = ("first__key", "second__key")
    list_select_related = ("first", "second", "rule", "source")


@admin.register(InteractionSource, site=site)
class InteractionSourceAdmin(ReadOnlyAdmin):
    """Who says it, under which licence, as of when."""

    list_display = ("title", "licence", "credit", "as_of", "read_on", "loaded_at")


for model in (
    LabelUse,
    FormerAddress,
    Pack,
    PackCode,
    ProductSubstance,
    Supply,
    StockLevel,
    Reservation,
    LotUse,
    ImportRun,
    ImportRefusal,
    SubstanceClass,
    Site,
    SiteLicence,
    CountryRule,
):
    site.register(model, ReadOnlyAdmin)

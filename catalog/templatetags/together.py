"""`{% together report %}`: what is known of medicines together, for pages of any app that has asked."""

from __future__ import annotations

from django import template
from django.template.loader import render_to_string

from catalog.queries.interactions import Report
from catalog.storefront.interaction_words import shown

register = template.Library()


@register.simple_tag
def together(report: Report) -> str:
    """Pairs by severity with what to do and who says so, double therapy, and the pairs that no source speaks of."""
    return render_to_string("catalog/storefront/parts/interactions.html", {"report": shown(report), "silent": True})

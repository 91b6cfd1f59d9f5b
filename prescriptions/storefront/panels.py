"""Panels that other apps' pages show: the papers of an order, links of the account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from pharmacy.web.panels import panel
from prescriptions.queries.owner import takes_documents
from prescriptions.queries.requests import documents_of


@panel("order.papers")
def papers_of_order(request: HttpRequest, *, order: Any, **_: Any) -> str:
    """The prescription files of an order, for its owner; with the form for more while a pharmacist decides."""
    if not request.user.is_authenticated or order.customer_id != request.user.pk:
        return ""
    papers = list(documents_of(order.reference).filter(owner=request.user))
    may_send = takes_documents(order.reference, request.user)
    if not papers and not may_send:
        return ""
    here = f"/orders/{order.reference}/"
    facts = {"papers": papers, "may_send": may_send, "order": order.reference, "next": here, "here": here}
    return render_to_string("prescriptions/storefront/order_papers.html", facts, request=request)


@panel("account.links")
def links(request: HttpRequest, **_: Any) -> str:
    """The way to one's prescriptions and to who looked at them."""
    return render_to_string("prescriptions/storefront/account_links.html", {}, request=request)

"""Panels that other apps' pages show: the papers of an order, links of the account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from pharmacy.web.panels import panel
from prescriptions.models.refill import Refill
from prescriptions.queries.owner import takes_documents
from prescriptions.queries.questions import threads_of
from prescriptions.queries.requests import documents_of


@panel("order.papers")
def papers_of_order(request: HttpRequest, *, order: Any, **_: Any) -> str:
    """The prescription files of an order, for its owner; with the form for more while a pharmacist decides."""
    if not request.user.is_authenticated or order.customer_id != request.user.pk:
        return ""
    papers = list(documents_of(order.reference).filter(owner=request.user))
    may_send = takes_documents(order.reference, request.user)
    refused = bool(papers) and all(one.state == "refused" for one in papers)
    if not papers and not may_send:
        return ""
    here = f"/orders/{order.reference}/"
    facts = {"papers": papers, "may_send": may_send, "order": order.reference, "next": here, "here": here}
    facts |= {"all_refused": refused}
    return render_to_string("prescriptions/storefront/order_papers.html", facts, request=request)


@panel("order.ask")
def ask_about_order(request: HttpRequest, *, order: Any, declined: bool = False, **_: Any) -> str:
    """The way to a pharmacist from an order of one's own that no case is open for; its messages stay with the case."""
    if not request.user.is_authenticated or order.customer_id != request.user.pk:
        return ""
    facts = {"link": f"{reverse('ask-new')}?{urlencode({'order': order.reference})}", "first": declined}
    return render_to_string("prescriptions/storefront/ask_link.html", facts, request=request)


@panel("product.safety", order=900)
def ask_about_product(request: HttpRequest, *, product: Any, **_: Any) -> str:
    """The way to a pharmacist, from a medicine's page."""
    facts = {"link": f"{reverse('ask-new')}?{urlencode({'product': str(product.public_id)})}"}
    return render_to_string("prescriptions/storefront/ask_link.html", facts)


@panel("product.consult")
def start_consultation(request: HttpRequest, *, product: Any, **_: Any) -> str:
    """ "Start a consultation", where a pharmacist speaks first."""
    facts = {"link": reverse("consult", args=[product.public_id])}
    return render_to_string("prescriptions/storefront/consult_link.html", facts)


@panel("account.home", order=50)
def care_at_home(request: HttpRequest, **_: Any) -> str:
    """What waits for the customer: answers not read yet, and what is to order now."""
    user = request.user
    unread = [one for one in threads_of(user).filter(state__in=["answered", "closed"])[:20] if one.unread]  # type: ignore[attr-defined]
    due = Refill.objects.filter(customer=user.pk, stopped_at=None, noticed_at__isnull=False).count()
    if not unread and not due:
        return ""
    return render_to_string("prescriptions/storefront/care_home.html", {"unread": unread, "due": due}, request=request)


@panel("account.links")
def links(request: HttpRequest, **_: Any) -> str:
    """The way to one's prescriptions and to who looked at them."""
    return render_to_string("prescriptions/storefront/account_links.html", {}, request=request)

"""A line that is supplied with an equivalent pack: what it becomes, and what its owner reads of it."""

from __future__ import annotations

from typing import Any

from catalog.models.product import Pack
from catalog.queries.selling import title_of
from orders.models.order import OrderLine
from prescriptions.models.substitution import Substitution
from prescriptions.models.supply import SupplyRequest


def is_other(line: OrderLine, request: SupplyRequest) -> bool:
    """Whether the request was decided for another pack than the line names."""
    return line.pack_id != request.pack_id


def instead_of(line: OrderLine, request: SupplyRequest, chosen: Substitution) -> dict[str, Any]:
    """The columns of a line that follow the pack that was cleared (1 statement). Prices stay as they were agreed."""
    pack = Pack.objects.select_related("product").get(pk=request.pack_id)
    product = pack.product
    return {
        "pack_id": pack.pk,
        "pack_asked_id": chosen.pack_asked_id,
        "name": title_of(product.name, product.strength, product.form),
        "description": pack.description,
    }

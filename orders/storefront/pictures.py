"""The drawing of what an order line holds."""

from __future__ import annotations

from catalog.queries.selling import short_name
from orders.models.order import OrderLine
from pharmacy.web.pictures.choose import choose
from pharmacy.web.pictures.draw import Facts


def picture_of(line: OrderLine) -> Facts:
    """What the drawing is made of; needs `pack__product` to be read already."""
    pack, product = line.pack, line.pack.product
    return choose(
        product.form_listed,
        packaging=pack.container,
        name=short_name(product.name),
        strength=product.strength or " ",
        count=line.description,
        atc=product.atc,
        glass="white" if line.supply_class == "general_sale" else "amber",
    )

"""A stock Oscar with the same products: python -m bench.oscar.fill < products.json; prints addresses to ask for.

In: [[name, category, price], …]. Out: {"products": [path, …], "categories": [path, …]}. Shipping and payment are
Oscar's defaults (free shipping, no payment), so that a guest's order goes through.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402

Category, Product, ProductClass = (get_model("catalogue", each) for each in ("Category", "Product", "ProductClass"))
ProductCategory = get_model("catalogue", "ProductCategory")
Partner, StockRecord = (get_model("partner", each) for each in ("Partner", "StockRecord"))
Country = get_model("address", "Country")


def main() -> None:
    """Make the schema and the shop."""
    call_command("migrate", "--noinput", verbosity=0)
    rows = json.load(sys.stdin)
    kind = ProductClass.objects.create(name="Medicine", requires_shipping=True, track_stock=True)
    partner = Partner.objects.create(name="Shop", code="shop")
    Country.objects.create(
        iso_3166_1_a2="US", iso_3166_1_a3="USA", iso_3166_1_numeric="840", printable_name="United States",
        name="United States", is_shipping_country=True,
    )  # fmt: skip
    shelves = {name: Category.add_root(name=name) for name in sorted({category for _, category, _ in rows})}
    products = [
        Product(
            title=name[:255], slug=f"p{number}", product_class=kind, upc=f"u{number}", structure="standalone",
            is_public=True, description=name,
        )
        for number, (name, _, _) in enumerate(rows)
    ]  # fmt: skip
    products = Product.objects.bulk_create(products, batch_size=2000)
    ProductCategory.objects.bulk_create(
        [ProductCategory(product=one, category=shelves[row[1]]) for one, row in zip(products, rows, strict=True)],
        batch_size=2000,
    )
    StockRecord.objects.bulk_create(
        [
            StockRecord(product=one, partner=partner, partner_sku=f"s{number}", price_currency="USD",
                        price=Decimal(row[2]) / 100, num_in_stock=1_000_000)
            for number, (one, row) in enumerate(zip(products, rows, strict=True))
        ],
        batch_size=2000,
    )  # fmt: skip
    shown = {
        "products": [one.get_absolute_url() for one in products[:: max(1, len(products) // 400)]],
        "categories": [one.get_absolute_url() for one in shelves.values()],
        "ids": [one.pk for one in products[:50]],
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()

"""What only the pharmacy itself can do: stock the shelves for a long day, place orders by the verb, show its SQL.

python -m bench.inside shop | place CLIENTS EACH | script COUNT FOLDER      (prints JSON)
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection, connections, transaction  # noqa: E402

from bench.replay import as_script  # noqa: E402
from catalog.actions.opening import Delivery, open_stock  # noqa: E402
from catalog.models.product import Pack, Product  # noqa: E402
from catalog.models.search import SearchEntry  # noqa: E402
from catalog.models.site import Site  # noqa: E402
from catalog.queries.selling import Sellable, sellable  # noqa: E402
from orders.actions.checkout import Details, place_order  # noqa: E402
from orders.models.basket import Basket, BasketLine  # noqa: E402
from orders.models.parcel import Lane  # noqa: E402
from orders.queries.basket import view_of  # noqa: E402
from pharmacy.accounts.queries import CONSENT_VERSION  # noqa: E402
from pharmacy.clock import db_now, today  # noqa: E402
from pharmacy.keys import public  # noqa: E402
from pharmacy.money import Money  # noqa: E402

LOT = "BENCH"
PACKS = 200
HOME = {
    "name": "Marta Quintero", "lines": ["418 Halsey Street"], "city": "Newark", "region": "NJ", "postal_code": "07102",
    "country": "US", "phone": "",
}  # fmt: skip


def on_sale(most: int = PACKS) -> list[Sellable]:
    """Packs that a guest in the US may buy, always the same ones."""
    ids = Pack.objects.filter(product__supplies__country="US", product__supplies__supply_class="general_sale")
    offers = sellable(list(ids.order_by("pk").values_list("pk", flat=True)[: most * 8]), country="US", currency="USD")
    return [offer for offer in offers.values() if offer.price and not offer.blocked and offer.storage == "ambient"][
        :most
    ]


def shop() -> dict[str, Any]:
    """Stock what is sold here for as many orders as will be placed; what there is to look at."""
    offers, site = on_sale(), Site.objects.get(code="us-newark")
    good = today() + dt.timedelta(days=900)
    lots = [Delivery(offer.pack_id, LOT, good, Decimal(100_000) * offer.size, db_now()) for offer in offers]
    with transaction.atomic():
        open_stock(site, lots, by="job:bench")
    shown = SearchEntry.objects.filter(market="US")
    shelves = Product.objects.exclude(shelf="").order_by("shelf").values_list("shelf", flat=True).distinct()
    names = Product.objects.order_by("pk").values_list("generic_name", flat=True)[:2000]
    words = sorted({name.split()[0].lower() for name in names if name.split()} - {""})
    return {
        "products": Product.objects.count(), "packs": Pack.objects.count(),
        "product": Product.objects.order_by("pk").values_list("pk", flat=True)[0],
        "slugs": sorted(shown.order_by("product__slug").values_list("product__slug", flat=True)[:400]),
        "shelves": list(shelves), "words": words[:200],
        "orders": [[offer.product_slug, public("pck", offer.public_id)] for offer in offers],
        "lane": Lane.objects.get(site=site, code="post").pk,
    }  # fmt: skip


def _baskets(count: int, seed: int) -> list[tuple[Basket, Money, Details]]:
    """Baskets with two packs each, and what their visitors were shown."""
    chance, offers = random.Random(seed), on_sale()
    lane = Lane.objects.get(site__code="us-newark", code="post")
    details = Details("marta@example.com", HOME, lane.pk, consent_version=CONSENT_VERSION)
    ready = []
    while len(ready) < count:
        basket = Basket.objects.create(country="US", currency="USD")
        for offer in sorted(chance.sample(offers, 2), key=lambda one: one.pack_id):
            BasketLine.objects.create(basket=basket, pack_id=offer.pack_id, quantity=1, wants="buy")
        view = view_of(basket, now=db_now())
        offered = next((one for one in view.lanes if one.lane.pk == lane.pk and not one.refused), None)
        if offered and view.is_ready:
            ready.append((basket, view.quoted(offered).total, details))
    return ready


def _place(basket: Basket, total: Money, details: Details) -> None:
    place_order(basket, details=details, expected_total=total, customer=None, by="customer:bench")


def place(clients: int, each: int) -> dict[str, Any]:
    """Orders placed by the verb in so many processes at once; milliseconds of each, and SQL statements of one."""
    ready = _baskets(clients * each + 1, seed=clients)
    statements = len(_sql_of(lambda: _place(*ready.pop())))
    connections.close_all()
    starts_at = time.time() + 1.5
    pipes = [_child(ready[number * each : (number + 1) * each], starts_at) for number in range(clients)]
    answers = [json.loads(Path(f"/proc/self/fd/{end}").read_text()) for end in pipes]
    for _ in pipes:
        os.wait()
    ms = [one for answer in answers for one in answer["ms"]]
    taken = max(answer["ended"] for answer in answers) - starts_at
    return {"seconds": taken, "ms": ms, "sql": statements, "cpu_ms": sum(a["cpu"] for a in answers) / len(ms) * 1000}


def _child(work: list[tuple[Basket, Money, Details]], starts_at: float) -> int:
    """Fork a client; the end of the pipe that it will write to."""
    read, write = os.pipe()
    if os.fork():
        os.close(write)
        return read
    _place(*_baskets(1, seed=os.getpid())[0])  # a connection and warm caches, not measured
    time.sleep(max(0.0, starts_at - time.time()))
    ms, spent = [], time.process_time()
    for one in work:
        began = time.perf_counter()
        _place(*one)
        ms.append((time.perf_counter() - began) * 1000)
    answer = {"ms": ms, "ended": time.time(), "cpu": time.process_time() - spent}
    with os.fdopen(write, "w") as out:
        out.write(json.dumps(answer))
    os._exit(0)


def _sql_of(act: Callable[[], None]) -> list[str]:
    """The statements of an act as PostgreSQL gets them, values filled in."""
    from psycopg import ClientCursor

    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        cursor = ClientCursor(connection.connection)
        seen.append(cursor.mogrify(sql, parameters) if parameters is not None else sql)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        act()
    return seen


def script(count: int, folder: str) -> dict[str, Any]:
    """The writes of so many different orders as pgbench scripts that can run again and again."""
    writes = 0
    for number, one in enumerate(_baskets(count, seed=99)):
        text, writes = as_script(_sql_of(lambda one=one: _place(*one)))  # type: ignore[misc]
        Path(folder, f"order-{number}.sql").write_text(text)
    return {"writes": writes}


if __name__ == "__main__":
    verb, *told = sys.argv[1:]
    acts: dict[str, Callable[[], dict[str, Any]]] = {
        "shop": shop,
        "place": lambda: place(int(told[0]), int(told[1])),
        "script": lambda: script(int(told[0]), told[1]),
    }
    print(json.dumps(acts[verb]()))

"""Lists, search and `expand`, as Stripe answers them."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from typing import Any

from pharmacy.standins.stripe.errors import missing, not_possible, wrong_parameter
from pharmacy.standins.stripe.sessions import listed, seen
from pharmacy.standins.stripe.shapes import Object, public
from pharmacy.standins.stripe.world import Draft

Endpoint = Callable[..., Object]

_CLAUSE = re.compile(
    r"""^(?:metadata\[["']([^"']+)["']\]|(status|currency|customer|amount))\s*:\s*["']?([^"']*)["']?$"""
)
_KINDS = (
    "payment_intent",
    "charge",
    "checkout.session",
    "payment_method",
    "setup_intent",
    "customer",
    "refund",
    "balance_transaction",
    "dispute",
)


def lister(kind: str, url: str, **filters: str) -> Endpoint:
    """An endpoint that lists a kind, newest first; `filters` maps parameters to fields."""

    def list_them(draft: Draft, params: dict[str, Any]) -> Object:
        wanted = {field: params[name] for name, field in filters.items() if name in params}
        found = (
            thing
            for thing in draft.all(kind)
            if all(thing.get(field) == value for field, value in wanted.items())
            and _in_time(thing, params.get("created"))
            and ("types" not in params or thing["type"] in params["types"])
        )
        return _page(draft, found, params, url, kind)

    return list_them


def _in_time(thing: Object, created: Any) -> bool:
    if created is None:
        return True
    if isinstance(created, int):
        return bool(thing["created"] == created)
    at = thing["created"]
    return all(
        (
            ("gt" not in created or at > created["gt"]),
            ("gte" not in created or at >= created["gte"]),
            ("lt" not in created or at < created["lt"]),
            ("lte" not in created or at <= created["lte"]),
        )
    )


def _page(draft: Draft, found: Iterable[Object], params: dict[str, Any], url: str, kind: str) -> Object:
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise wrong_parameter("limit", "Limit must be between 1 and 100.", "parameter_invalid_integer")
    rows = list(found)
    ids = [thing["id"] for thing in rows]
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            raise missing(kind, params[name], name)
    if "starting_after" in params:
        rows = rows[ids.index(params["starting_after"]) + 1 :]
    elif "ending_before" in params:
        rows = rows[: ids.index(params["ending_before"])][-limit:]
    return {
        "object": "list",
        "data": [shown(draft, thing) for thing in rows[:limit]],
        "has_more": len(rows) > limit,
        "url": url,
    }


def search_intents(draft: Draft, params: dict[str, Any]) -> Object:
    """`metadata["payment"]:"…" AND status:"…"`: the part of Stripe's search language that is needed."""
    wanted = [_clause(part) for part in re.split(r"\s+AND\s+", params["query"])]
    found = [
        thing
        for thing in draft.all("payment_intent")
        if all(
            (thing["metadata"].get(name) if of_metadata else str(thing.get(name))) == value
            for of_metadata, name, value in wanted
        )
    ]
    limit = params.get("limit", 10)
    return {
        "object": "search_result",
        "data": [shown(draft, thing) for thing in found[:limit]],
        "has_more": len(found) > limit,
        "next_page": None,
        "url": "/v1/payment_intents/search",
    }


def _clause(text: str) -> tuple[bool, str, str]:
    match = _CLAUSE.match(text.strip())
    if not match:
        raise not_possible("We were unable to parse your search query.", param="query")
    return bool(match[1]), match[1] or match[2], match[3]


def shown(draft: Draft, thing: Object) -> Object:
    """An object as the world may see it."""
    if thing["object"] == "event":
        delivery = draft.world.tables["deliveries"].get(thing["id"])
        return public(thing) | {"pending_webhooks": 1 if delivery else 0}
    return seen(draft, thing) if thing["object"] == "checkout.session" else public(thing)


def expand(draft: Draft, answer: Object, paths: list[str]) -> Object:
    """Put whole objects in the place of their ids."""
    for path in paths:
        if path.count(".") > 3:
            raise not_possible("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(draft, answer, path.split("."), path)
    return answer


def _expand(draft: Draft, here: Any, steps: list[str], path: str) -> None:
    if isinstance(here, list):
        for item in here:
            _expand(draft, item, steps, path)
        return
    step, rest = steps[0], steps[1:]
    if step == "line_items" and here.get("object") == "checkout.session":
        here[step] = copy.deepcopy(listed(draft.get("checkout.session", here["id"])))
    elif step == "refunds" and here.get("object") == "charge":
        rows = [public(thing) for thing in draft.all("refund") if thing["charge"] == here["id"]]
        here[step] = {"object": "list", "data": rows, "has_more": False, "url": f"/v1/charges/{here['id']}/refunds"}
    elif step not in here:
        raise not_possible(f"This property cannot be expanded ({path}).", param="expand")
    elif isinstance(here[step], str):
        here[step] = _whole(draft, here[step], path)
    if rest and here[step] is not None:
        _expand(draft, here[step], rest, path)


def _whole(draft: Draft, identifier: str, path: str) -> Object:
    for kind in _KINDS:
        found = draft.find(kind, identifier)
        if found:
            return shown(draft, found)
    raise not_possible(f"This property cannot be expanded ({path}).", param="expand")

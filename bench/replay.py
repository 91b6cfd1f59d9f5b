"""The writes of one placed order as a pgbench script: new identifiers each time it runs, everything else as it was."""

from __future__ import annotations

import re

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_REFERENCE = re.compile(r"[2-9A-HJ-NP-Z]{3}-[2-9A-HJ-NP-Z]{3}-[2-9A-HJ-NP-Z]{3}")
_LITERAL = re.compile(r"'([^']*)'")
_BASKET = (
    "INSERT INTO orders_basket (id, country, currency, is_test, draft_sealed)"
    " VALUES ('{id}'::uuid, 'US', 'USD', false, '')"
)
# The one number that differs from run to run: 44 bits, so that runs of millions do not meet.
_SERIAL = "lpad(to_hex(:serial),11,'0')"


def as_script(statements: list[str]) -> tuple[str, int]:
    """(script, how many writes): INSERT, UPDATE and locking statements in one transaction, the basket made first."""
    writes = [one for one in statements if _writes(one)]
    basket = _UUID.search(next(one for one in statements if "FOR UPDATE" in one))
    assert basket is not None, "placing an order locks its basket"
    writes.insert(0, _BASKET.format(id=basket[0]))
    numbers: dict[str, int] = {}
    lines = [_renewed(" ".join(one.split()), numbers) + ";" for one in writes]
    return "\\set serial random(1, 17592186044415)\nBEGIN;\n" + "\n".join(lines) + "\nCOMMIT;\n", len(writes)


def _writes(statement: str) -> bool:
    return bool(re.match(r"\s*(INSERT|UPDATE|WITH)\b", statement)) or "FOR UPDATE" in statement


def _renewed(statement: str, numbers: dict[str, int]) -> str:
    """Every identifier in a quoted value becomes an expression over the script's serial."""

    def literal(found: re.Match[str]) -> str:
        text = _UUID.sub(lambda one: _uuid(one[0], numbers), found[1])
        text = _REFERENCE.sub(f"'||{_SERIAL}||'", text)
        return found[0] if text == found[1] else f"('{text}')"

    return _LITERAL.sub(literal, statement)


def _uuid(text: str, numbers: dict[str, int]) -> str:
    number = numbers.setdefault(text.replace("-", ""), len(numbers))
    return f"000000000000700080{number:03d}'||{_SERIAL}||'"

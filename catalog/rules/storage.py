"""How a pack has to be kept, where its source does not say: biologics and substances that spoil in warmth go cold.

The public directories state no storage. What is named here travels cold, biologics by their stems. The list is recalled
and not read label by label: it errs to the cold side, for too cold a parcel costs money and too warm a one a treatment.
A pharmacy sets what is true of its own packs in its own list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from catalog.rules.names import key

_COLD = re.compile(
    r"\b(?:insulin\w*|abaloparatide|alprostadil|calcitonin|cetrorelix|chlorambucil|chorio\w*gonadotropin\w*|desirudin|"
    r"dulaglutide|exenatide|follitropin\w*|ganirelix|glatiramer\w*|interferon|peginterferon|lanreotide|latanoprost|"
    r"liraglutide|lixisenatide|mecasermin|mechlorethamine|melphalan|menotropins?|nitisinone|octreotide|"
    r"parathyroid hormone|pegvisomant|pramlintide|semaglutide|somatrogon|somatropine?|tesamorelin|teriparatide|"
    r"tirzepatide|trifluridine|urofollitropin\w*|\w+mab|\w+cept|\w*filgrastim|\w*epoetin|romiplostim|anakinra|dornase)\b"
)
# By mouth these are kept as any tablet: the stem or the name is another medicine's.
_BY_MOUTH = frozenset(["semaglutide", "trifluridine", "octreotide"])


def kept(names: Iterable[str], *, biologic: bool = False, route: str = "") -> str:
    """The storage class of a pack with these substances: `cold_2_8` or `ambient`. `route`: as its source lists it."""
    found = set(_COLD.findall("; ".join(key(name) for name in names)))
    if route.strip().lower() in ("oral", "orale"):
        found -= _BY_MOUTH
    return "cold_2_8" if biologic or found else "ambient"

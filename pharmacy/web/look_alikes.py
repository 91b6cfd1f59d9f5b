"""Names that look alike, written so that they can be told apart: the tall-man letters of the FDA's list (2016).

Source: FDA Name Differentiation Project, "FDA List of Established Drug Names Recommended to Use Tall Man Lettering",
a work of the United States government, public domain. Groups are the list's own: names confused with one another.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

GROUPS: Final[tuple[tuple[str, ...], ...]] = (
    ("acetaZOLAMIDE", "acetoHEXAMIDE"),
    ("buPROPion", "busPIRone"),
    ("chlorproMAZINE", "chlorproPAMIDE"),
    ("clomiPHENE", "clomiPRAMINE"),
    ("cycloSERINE", "cycloSPORINE"),
    ("DAUNOrubicin", "DOXOrubicin"),
    ("dimenhyDRINATE", "diphenhydrAMINE"),
    ("DOBUTamine", "DOPamine"),
    ("glipiZIDE", "glyBURIDE"),
    ("hydrALAZINE", "hydrOXYzine", "HYDROmorphone"),
    ("medroxyPROGESTERone", "methylPREDNISolone", "methylTESTOSTERone"),
    ("mitoXANTRONE",),
    ("niCARdipine", "NIFEdipine"),
    ("prednisoLONE", "predniSONE"),
    ("risperiDONE", "rOPINIRole"),
    ("sulfADIAZINE", "sulfiSOXAZOLE"),
    ("TOLAZamide", "TOLBUTamide"),
    ("vinBLAStine", "vinCRIStine"),
)
TALL: Final = {name.lower(): name for group in GROUPS for name in group}
_OTHERS: Final = {name.lower(): tuple(each for each in group if each != name) for group in GROUPS for name in group}
_NAMES: Final = re.compile(rf"\b(?:{'|'.join(sorted(TALL, key=len, reverse=True))})\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def tall_man(text: str) -> str:
    """A text in which listed names stand in tall-man letters: 'Hydralazine 25 mg' → 'hydrALAZINE 25 mg'."""
    return _NAMES.sub(lambda found: TALL[found[0].lower()], text)


@lru_cache(maxsize=4096)
def mistaken_for(*texts: str) -> tuple[str, ...]:
    """Names that the names in these texts are confused with, in tall-man letters, without those that are in them."""
    own = {found[0].lower() for text in texts for found in _NAMES.finditer(text or "")}
    others = dict.fromkeys(each for name in sorted(own) for each in _OTHERS[name])
    return tuple(each for each in others if each.lower() not in own)

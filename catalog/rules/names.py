"""Names as people type them and as we show them: keys, slugs, moieties, titles. Plain text work."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_APOSTROPHE = re.compile(r"[’'`]")
# Words that name a salt, ester or water, not the active part (FDA substance names end with them).
SALTS = frozenset(
    [
        "hydrochloride", "hcl", "hbr", "dihydrochloride", "monohydrochloride", "hydrobromide", "dihydrobromide",
        "sulfate", "bisulfate", "hemisulfate", "citrate", "dihydrogen", "maleate", "hydrogen", "fumarate",
        "hemifumarate", "tartrate", "bitartrate", "succinate", "mesylate", "dimesylate", "besylate", "tosylate",
        "esylate", "edisylate", "acetate", "phosphate", "diphosphate", "pamoate", "nitrate", "mononitrate",
        "sodium", "disodium", "trisodium", "potassium", "dipotassium", "calcium", "magnesium", "zinc",
        "tromethamine", "meglumine", "anhydrous", "monohydrate", "dihydrate", "trihydrate", "hemihydrate",
        "hydrate", "pentahydrate", "sesquihydrate", "propionate", "dipropionate", "valerate", "furoate",
        "butyrate", "benzoate", "lactate", "gluconate", "carbonate", "bicarbonate", "chloride", "bromide",
        "oxalate", "napsylate", "salicylate", "stearate", "decanoate", "enanthate", "cypionate", "axetil",
        "proxetil", "medoxomil", "cilexetil", "mofetil", "disoproxil", "alafenamide", "etexilate", "xinafoate",
        "xinofoate", "polistirex", "tannate", "teoclate", "arginine", "lysine", "olamine", "diolamine",
        "malate", "orotate", "camsylate", "isethionate", "estolate", "ethylsuccinate", "hyclate",
        "hydroxide", "oxide", "peroxide", "iodide", "fluoride", "monofluorophosphate", "sulfide", "ferrous",
    ]
)  # fmt: skip
# What is left must be an organic name: an element alone is the active part together with its salt word.
ELEMENTS = frozenset(
    [
        "sodium", "potassium", "calcium", "magnesium", "zinc", "aluminum", "ferrous", "ferric", "iron", "lithium",
        "bismuth", "silver", "stannous", "hydrogen", "barium", "selenium", "copper", "cupric", "manganese",
        "ammonium", "titanium", "carbon", "nitrous", "selenious", "cetylpyridinium", "benzalkonium", "benzethonium",
        "methylbenzethonium", "dequalinium", "trospium", "tiotropium", "umeclidinium", "aclidinium", "glycopyrronium",
        "methyl", "ethyl", "trolamine", "choline", "phenyl", "benzoyl", "ammonia", "strontium", "chromic", "gold",
        "bethanechol", "pralidoxime", "antimony", "sulfur", "mercurius", "arsenic", "arsenous", "oyster", "red",
        "pyrithione", "tribasic", "mercuric", "ferrosoferric", "dibasic", "monobasic", "aluminium",
    ]
)  # fmt: skip
# As long as importers make the address of a substance before they end it in a hash of its name.
LONGEST_SUBSTANCE_SLUG = 90
_SMALL = {"and", "of", "in", "for", "with", "the", "or", "to", "by"}


@lru_cache(maxsize=50_000)
def key(text: str) -> str:
    """What names are compared and sorted by: no accents, lower case, words joined by one space."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    plain = _APOSTROPHE.sub("", plain).lower()
    if not plain.isascii():
        plain = "".join(each for each in plain if not unicodedata.combining(each))
    return _NOT_WORD.sub(" ", plain).strip()


def key_spaced(text: str) -> str:
    """A key for search: decimals stay ('0.5'), and a number leaves its unit ('10mg' → '10 mg')."""
    marked = re.sub(r"(?<=\d)\.(?=\d)", "\x00", text)
    plain = "\x00".join(key(f" {part} ") for part in marked.split("\x00")) if "\x00" in marked else key(text)
    return re.sub(r"\b(\d+(?:\.\d+)?)(mg|mcg|g|ml|units?|tablets?|capsules?)\b", r"\1 \2", plain.replace("\x00", "."))


def slug(text: str, *, longest: int = 80) -> str:
    """A piece of an address: key with dashes, cut at a word's end."""
    whole = key(text).replace(" ", "-")
    return whole if len(whole) <= longest else whole[:longest].rsplit("-", 1)[0]


def substance_slug(name: str) -> str:
    """The last part of the address of a substance's page; "" for a name so long that its address ends in a hash."""
    plain = key(name)
    return plain.replace(" ", "-") if len(plain) <= LONGEST_SUBSTANCE_SLUG else ""


@lru_cache(maxsize=50_000)
def moiety(listed: str) -> str:
    """The active part of a listed substance: 'CYCLOBENZAPRINE HYDROCHLORIDE' → 'cyclobenzaprine'."""
    words = key(listed.split(",")[0]).split()
    kept = list(words)
    while len(kept) > 1 and kept[-1] in SALTS:
        kept.pop()
    if len(kept) == 1 and kept[0] in ELEMENTS:
        return " ".join(words)
    return " ".join(kept) or key(listed)


def sentence(text: str) -> str:
    """First letter a capital, shouting lowered: 'CYCLOBENZAPRINE HYDROCHLORIDE' → 'Cyclobenzaprine hydrochloride'."""
    text = " ".join(text.split())
    if not text:
        return text
    lowered = text.lower() if text.isupper() or text.islower() or text.istitle() else text
    return lowered[0].upper() + lowered[1:]


def brand(text: str) -> str:
    """A brand as written; shouting becomes 'Like This'."""
    text = " ".join(text.split())
    if not (text.isupper() and len(text) > 3):
        return text
    words = text.lower().split(" ")
    return " ".join(w if w in _SMALL and i else w[:1].upper() + w[1:] for i, w in enumerate(words))


def labeler(text: str) -> str:
    """A maker's name as shown: shouting lowered, nothing else touched."""
    return brand(text) if text.isupper() else " ".join(text.split())


def substance(listed: str) -> str:
    """A substance as shown: the moiety with a capital."""
    return sentence(moiety(listed))


def title(name: str, strength: str, form_plural: str) -> str:
    """'Baclofen 10 mg tablets'."""
    return " ".join(part for part in (name, strength, form_plural) if part)


def initial(name_key: str) -> str:
    """The letter a name stands under in A–Z; '0' for digits and the rest."""
    first = name_key[:1]
    return first if "a" <= first <= "z" else "0"


_VOWELS = frozenset("aeiouy")
_SOUND_ALIKE = frozenset(
    frozenset(pair)
    for pair in ("ck", "cs", "sz", "xz", "xs", "qk", "mn", "bv", "vw", "dt", "gj", "fv", "bp", "lr", "xc")
)


def slips(typed: str, known: str) -> float:
    """How far a typed word is from a known one, as slips of ears and fingers go: a letter for one that sounds like it,
    a doubled letter and two letters swapped cost less than any other slip; a wrong first letter costs more."""
    rows = [[0.0] * (len(known) + 1) for _ in range(len(typed) + 1)]
    for j in range(1, len(known) + 1):
        rows[0][j] = rows[0][j - 1] + 1
    for i, left in enumerate(typed, 1):
        rows[i][0] = rows[i - 1][0] + 1
        for j, right in enumerate(known, 1):
            if left == right:
                best = rows[i - 1][j - 1]
            else:
                best = min(
                    rows[i - 1][j] + (0.5 if left == typed[i - 2 : i - 1] else 1.0),
                    rows[i][j - 1] + (0.5 if right == known[j - 2 : j - 1] else 1.0),
                    rows[i - 1][j - 1] + _swap_cost(left, right),
                )
                if i > 1 and j > 1 and left == known[j - 2] and typed[i - 2] == right:
                    best = min(best, rows[i - 2][j - 2] + 0.7)
            rows[i][j] = best
    return rows[-1][-1] + (0.5 if typed[:1] != known[:1] else 0.0)


def _swap_cost(left: str, right: str) -> float:
    if left in _VOWELS and right in _VOWELS:
        return 0.6
    return 0.7 if frozenset((left, right)) in _SOUND_ALIKE else 1.0


def likeness(typed: str, known: str) -> int:
    """How many slips (swap, drop, add, replace) lie between two words."""
    before: list[int] = []
    row = list(range(len(known) + 1))
    for i, left in enumerate(typed, 1):
        older, before, row = before, row, [i]
        for j, right in enumerate(known, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == known[j - 2] and typed[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]

"""Strokes that every picture is drawn with: numbers, rectangles, paths, text, and the palette of things.

Objects do not change colour at night, so they keep their colours here and not in tokens.css.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final, NamedTuple

# First letter of the ATC code -> hue of the label's edge. The code is printed too, so
# the colour is never the only carrier.
GROUP: Final[dict[str, str]] = {
    "A": "#9A6B12", "B": "#9B3434", "C": "#A4473A", "D": "#8A5A3C", "G": "#7E4472",
    "H": "#655093", "J": "#28617F", "L": "#4B4B6B", "M": "#12685B", "N": "#3B4B8C",
    "P": "#5F6B2A", "R": "#2B6A99", "S": "#2A7480", "V": "#5C625E",
}  # fmt: skip
# Colour words as labels list them -> (face, shade).
COLOUR: Final[dict[str, tuple[str, str]]] = {
    "white": ("#FBFAF6", "#D9D5CB"), "cream": ("#F4E9CF", "#D6C59E"), "yellow": ("#F0D27A", "#C9A443"),
    "amber": ("#DFA23F", "#B0731C"), "orange": ("#E0965A", "#B56A30"), "brown": ("#A4674A", "#7A4630"),
    "pink": ("#E9BDB8", "#C58E88"), "red": ("#BF5B52", "#93403A"), "blue": ("#9DBBD4", "#6C8FAE"),
    "green": ("#A9C6A0", "#7C9F74"), "grey": ("#C9CAC5", "#9DA09A"), "clear": ("#EFE7D2", "#CFC3A3"),
}  # fmt: skip
INK: Final = "#1E2723"
PAPER: Final = "#FFFDF7"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the catalogue knows of a pack's looks. What it does not know keeps its plain default."""

    form: str
    name: str = ""
    strength: str = ""
    count: str = ""
    atc: str = ""
    glass: str = "amber"
    colour: str = "white"
    colour2: str = "green"
    shape: str = "round"
    imprint: str = ""
    dose: str = "tablet"
    rows: int = 2
    columns: int = 5
    score: bool = False

    @property
    def hue(self) -> str:
        """The colour of the label's edge: the group of the ATC code."""
        return GROUP.get(self.atc[:1], GROUP["V"])

    @property
    def paint(self) -> tuple[str, str]:
        """Face and shade of a tablet or capsule."""
        return COLOUR.get(self.colour, COLOUR["white"])


class Art(NamedTuple):
    """A drawing that stands on y = 0, centred on x = 0."""

    width: float
    height: float
    svg: str


def n(value: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def rect(x: float, y: float, w: float, h: float, fill: str, r: float = 0, extra: str = "") -> str:
    """A rectangle with round corners."""
    return f'<rect x="{n(x)}" y="{n(y)}" width="{n(w)}" height="{n(h)}" rx="{n(r)}" fill="{fill}"{extra}/>'


def path(d: str, fill: str, extra: str = "") -> str:
    """A filled path."""
    return f'<path d="{d}" fill="{fill}"{extra}/>'


def text(
    x: float,
    y: float,
    words: str,
    size: float,
    *,
    weight: int = 400,
    fill: str = INK,
    anchor: str = "start",
    serif: bool = False,
) -> str:
    """A line of words; sizes are in the picture's own units."""
    kind = "pk-serif" if serif else "pk-sans"
    return (
        f'<text class="{kind}" x="{n(x)}" y="{n(y)}" font-size="{n(size)}" font-weight="{weight}" '
        f'fill="{fill}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def fit(words: str, width: float, most: float, per_em: float = 0.53) -> float:
    """A size at which `words` stay inside `width`."""
    return min(most, width / max(1, len(words)) / per_em)


def label(x: float, y: float, w: float, h: float, pack: Facts) -> str:
    """Paper label: group edge at the start side, name, strength large, count."""
    hue = pack.hue
    big = fit(pack.strength, w - 16, h * 0.30, 0.62)
    return "".join(
        [
            rect(x, y, w, h, PAPER),
            rect(x, y, 4.5, h, hue),
            text(x + 9, y + h * 0.25, pack.name, fit(pack.name, w - 15, h * 0.19, 0.57), weight=600, serif=True),
            text(x + 9, y + h * 0.59, pack.strength, big, weight=700, fill=hue),
            rect(x + 9, y + h * 0.68, w - 14, 0.6, "#CFC8B8"),
            text(x + 9, y + h * 0.86, pack.count, fit(pack.count, w - 14, h * 0.125), fill="#3C4742"),
        ]
    )

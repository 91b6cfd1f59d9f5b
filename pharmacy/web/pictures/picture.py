"""Honest pictures: a pack or a dose form drawn from catalogue facts, as inline SVG.

No photograph, no invented marking. What the facts do not say is drawn in its plain form, and the
description says so. Works under a strict CSP: presentation attributes and classes only.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from pharmacy.web.pictures import doses, packs
from pharmacy.web.pictures.draw import Art, Facts, n

FORMS: Final[dict[str, Callable[[Facts], Art]]] = {
    "vial": packs.vial,
    "carton": packs.carton,
    "tube": packs.tube,
    "sachet": packs.sachet,
    "pen": packs.pen,
    "bottle": packs.bottle,
    "spray": packs.spray,
    "blister": doses.blister,
    "tablet": doses.tablet,
    "capsule": doses.capsule,
}
SIZE: Final = 160


# A drawing is a pure function of frozen facts, and a page draws the same packs again and again.
@lru_cache(maxsize=2048)
def art_of(facts: Facts) -> Art:
    """The drawing for these facts; a form that nobody draws is a plain carton."""
    return FORMS.get(facts.form, packs.carton)(facts)


@lru_cache(maxsize=2048)
def picture(facts: Facts, alt: str = "") -> str:
    """One pack or dose form on a square tile. Empty `alt`: the words stand beside it, so it is hidden."""
    width, height, svg = art_of(facts)
    scale = min(SIZE * 0.80 / width, SIZE * 0.74 / height, 1.28)
    lift = (SIZE + height * scale) / 2
    return (
        f'<svg class="pk" viewBox="0 0 {SIZE} {SIZE}" {_who(alt)}>'
        f'<ellipse class="pk-ground" cx="{SIZE / 2:g}" cy="{lift + 1:.1f}" rx="{width * scale * 0.54:.1f}" ry="4"/>'
        f'<g transform="translate({SIZE / 2:g} {lift:.1f}) scale({scale:.3f})">{svg}</g></svg>'
    )


def shelf(items: Sequence[Facts], *, gap: float = 16, height: float = 150, width: float = 0, alt: str = "") -> str:
    """Several packs standing on one board, in the order given; `width` pads the board to at least that much."""
    x: float = 0
    parts = []
    for facts in items:
        w, _, svg = art_of(facts)
        parts.append(
            f'<g transform="translate({n(x + w / 2)} {n(height)})">'
            f'<ellipse class="pk-ground" cx="0" cy="1" rx="{w * 0.52:.1f}" ry="3.4"/>{svg}</g>'
        )
        x += w + gap
    whole = max(x - gap, width)
    return (
        f'<svg class="pk pk--shelf" viewBox="-6 0 {n(whole + 12)} {n(height + 5)}" {_who(alt)}>{"".join(parts)}</svg>'
    )


def _who(alt: str) -> str:
    return f'role="img" aria-label="{escape(alt)}"' if alt else 'aria-hidden="true" focusable="false"'

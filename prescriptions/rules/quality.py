"""Is a picture good enough to read? What is measured, and the advice it gives; the customer may send it anyway."""

from __future__ import annotations

from dataclasses import dataclass

DARK = 70  # mean brightness of 255
FAINT = 45  # between the dark and the light parts
BLURRED = 25.0  # variance of the Laplacian, the picture at 1,000 px
SMALL = 700  # longest side in pixels
INK_AT_THE_EDGE = (0.04, 0.6)  # share of dark points in the outermost strip of a light page


@dataclass(frozen=True, slots=True)
class Measured:
    """A page in numbers: mean and spread of brightness (0–255), sharpness, longest side, share of ink at the edge."""

    mean: float
    spread: float
    sharpness: float
    longest: int
    edge_ink: float
    is_light: bool


def advice_for(page: Measured) -> list[str]:
    """Codes of `upload_words.ADVICE` for a page, the most helpful first; [] when it looks right."""
    if page.spread < 4:
        return ["dark"] if page.mean < DARK else ["blank"]
    found = []
    if page.mean < DARK:
        found.append("dark")
    elif page.spread < FAINT:
        found.append("faint")
    if page.sharpness < BLURRED:
        found.append("blurred")
    if page.longest < SMALL:
        found.append("small")
    if page.is_light and INK_AT_THE_EDGE[0] < page.edge_ink < INK_AT_THE_EDGE[1]:
        found.append("cropped")
    return found

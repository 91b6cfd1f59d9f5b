"""A day of the journal as it is told, and where its points stand in the chart. Plain Python."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

DOSES = ("yes", "part", "no")
MOST = 10
LONGEST_NOTE = 1000
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 200, 28, 12, 44


@dataclass(frozen=True, slots=True)
class Day:
    """What was told about one day; energy and drowsiness are 0 to 10 or not told."""

    day: date
    dose: str = ""
    energy: int | None = None
    drowsiness: int | None = None
    note: str = ""

    def as_text(self) -> str:
        """The sealed form."""
        told = {"dose": self.dose, "energy": self.energy, "drowsiness": self.drowsiness, "note": self.note}
        return json.dumps(told)

    @property
    def can_be(self) -> bool:
        """Is every answer one that can be given, and is there any?"""
        scores = [one for one in (self.energy, self.drowsiness) if one is not None]
        return (
            self.dose in ("", *DOSES)
            and all(0 <= one <= MOST for one in scores)
            and len(self.note) <= LONGEST_NOTE
            and bool(self.dose or scores or self.note)
        )


def read(day: date, text: str) -> Day:
    """A day as it was kept; an erased one says nothing."""
    told = json.loads(text or "{}")
    return Day(day, told.get("dose", ""), told.get("energy"), told.get("drowsiness"), told.get("note", ""))


@dataclass(frozen=True, slots=True)
class Chart:
    """Coordinates of the drawing: two lines in pieces (a gap breaks them), points, doses, days."""

    width: int
    height: int
    energy: list[str]
    drowsiness: list[str]
    energy_points: list[tuple[float, float]]
    drowsiness_points: list[tuple[float, float]]
    doses: list[tuple[float, str]]
    labels: list[tuple[float, date]]
    grid: list[tuple[float, int]]


def chart(days: Sequence[Day], *, first: date, last: date) -> Chart:
    """Where everything stands between two days; the scale is 0 at the foot and 10 at the top."""
    span = max(1, (last - first).days)
    room = WIDTH - LEFT - 12

    def x(day: date) -> float:
        return round(LEFT + room * (day - first).days / span, 1)

    def y(score: int) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - score / MOST), 1)

    shown = [one for one in sorted(days, key=lambda one: one.day) if first <= one.day <= last]
    energy = [(one.day, x(one.day), y(one.energy)) for one in shown if one.energy is not None]
    drowsy = [(one.day, x(one.day), y(one.drowsiness)) for one in shown if one.drowsiness is not None]
    step = max(1, span // 6)
    marks = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1, step)]
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        energy=_pieces(energy),
        drowsiness=_pieces(drowsy),
        energy_points=[(at, up) for _, at, up in energy],
        drowsiness_points=[(at, up) for _, at, up in drowsy],
        doses=[(x(one.day), one.dose) for one in shown if one.dose],
        labels=[(x(day), day) for day in marks],
        grid=[(y(score), score) for score in (0, 5, 10)],
    )


def _pieces(points: list[tuple[date, float, float]]) -> list[str]:
    pieces: list[list[str]] = []
    before: date | None = None
    for day, across, up in points:
        if before is None or (day - before).days > 1:
            pieces.append([])
        pieces[-1].append(f"{across},{up}")
        before = day
    return [" ".join(piece) for piece in pieces if len(piece) > 1]

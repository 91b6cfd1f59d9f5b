"""What a check says: ran clear, ran with alerts, or did not run and why (R-003)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prescriptions.rules.facts import Facts

PRESCRIPTION_CLASSES = ("prescription_only", "controlled")


@dataclass(frozen=True, slots=True)
class Found:
    """One alert: a severity of `clinical.SEVERITIES`; a code; a sentence for the pharmacist; the rule row's source."""

    severity: str
    code: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. `why` is a code, set exactly when it did not run.

    `waits` says whether Approve waits for it when it did not run; None leaves that to the rule.
    """

    state: str
    summary: str
    why: str = ""
    alerts: tuple[Found, ...] = ()
    waits: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: its stable id, version, title, whether Approve waits for it, where it comes from, what it reads."""

    id: str
    version: str
    title: str
    run: Callable[[Facts], Outcome]
    is_mandatory: bool
    source: str
    reads: tuple[str, ...]
    classes: tuple[str, ...] = (*PRESCRIPTION_CLASSES, "pharmacy_only")


def clear(summary: str) -> Outcome:
    """It ran and found nothing."""
    return Outcome("ran_clear", summary)


def found(summary: str, *alerts: Found) -> Outcome:
    """It ran and found something."""
    return Outcome("ran_with_alerts", summary, alerts=alerts)


def not_run(why: str, summary: str, *, waits: bool | None = None) -> Outcome:
    """It could not run."""
    return Outcome("did_not_run", summary, why=why, waits=waits)


def weighed(
    alerts: Iterable[Found], left: Iterable[tuple[str, str]], *, found_as: str, clear_as: str, waits: bool | None = None
) -> Outcome:
    """What a check comes to. `left`: (why, in words) of what it could not look at.

    An alert never hides what was not looked at, and what was not looked at is never clear (R-003).
    """
    several, open_ones = list(alerts), list(left)
    if several:
        return found(found_as, *several, *(Found("serious", why, f"{text}.") for why, text in open_ones))
    if open_ones:
        return not_run(*open_ones[0], waits=waits)
    return clear(clear_as)


def listed(names: Iterable[str]) -> str:
    """'a, b and c'."""
    several = list(dict.fromkeys(names))
    return " and ".join([", ".join(several[:-1]), several[-1]] if len(several) > 1 else several)

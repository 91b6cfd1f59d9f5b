"""What the case page says about each line: the comparison, and which verbs are open, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pharmacy.accounts.models import User
from pharmacy.web.words import clock_text, count_text
from prescriptions.queries.case import CasePage, Line, ShownCheck
from prescriptions.queries.goods import Goods
from prescriptions.queries.readiness import SAY_WHY
from prescriptions.rules.checks import PRESCRIPTION_CLASSES
from prescriptions.rules.words import number

VERBS = ("approve", "less", "second", "substitute", "ask", "prescriber", "decline")


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of a line's table: what is prescribed, what is asked for, and what came of it."""

    label: str
    prescribed: str
    asked: str
    weight: str
    words: str
    left: str = ""


@dataclass(slots=True)
class DeskLine:
    """A line as it stands on the desk. `shut` says of each verb why it is forbidden; "" when it is open."""

    line: Line
    number: int
    title: str
    goods: Goods | None
    rows: list[Compared]
    shut: dict[str, str]
    fewer: list[tuple[int, str]]
    outcome: str
    is_current: bool

    @property
    def why(self) -> list[str]:
        """The reasons that stand beside the verbs, each once."""
        return list(dict.fromkeys(self.shut[verb] for verb in VERBS if self.shut[verb]))

    @property
    def less(self) -> tuple[int, str] | None:
        """The one lower number that needs no choosing: what is left, or the only one there is."""
        request = self.line.request
        return self.fewer[-1] if len(self.fewer) == 1 or (self.fewer and self.line.fits < request.packs) else None

    @property
    def wants_second(self) -> bool:
        """Whether a rule wants a second pharmacist and nobody was asked yet."""
        return bool(self.line.second) and (self.line.asking is None or self.line.asking.verdict == "sent_back")

    @property
    def wants_told(self) -> bool:
        """Whether a check waits because the patient was not asked."""
        return any(run.was_not_told for run in self.line.waits_for)

    @property
    def is_on_paper(self) -> bool:
        """Whether its class needs a prescription."""
        return is_on_paper(self.line)


def barred(page: CasePage, user: User, *, is_pharmacist: bool, is_registered: bool) -> dict[str, str]:
    """Why this person may do nothing ("all") or sign nothing ("sign") in this case; empty words when they may."""
    case = page.case
    everything = ""
    if case.closed_at is not None:
        everything = _("This case is closed.")
    elif case.status == "second_check":
        everything = _("This case waits for a second pharmacist.")
    elif not is_pharmacist:
        everything = _("Only a pharmacist of this site decides.")
    elif not page.is_mine and page.is_held:
        until = clock_text(case.claimed_until) if case.claimed_until else ""
        everything = _("%(state)s until %(until)s.") % {"state": page.state, "until": until}
    unregistered = "" if is_registered else _("Your registration is not valid here today.")
    return {"all": everything, "sign": everything or unregistered}


def desk_lines(
    page: CasePage, goods: dict[int, Goods], user: User, *, bars: dict[str, str], current: str
) -> list[DeskLine]:
    """Every line of the case in order. `current` is the id of the line that is written down beside the document."""
    open_ones = [str(line.request.pk) for line in page.lines if line.is_open]
    unwritten = [str(one.request.pk) for one in page.lines if one.is_open and one.item is None and is_on_paper(one)]
    chosen = current if current in open_ones else next(iter([*unwritten, *open_ones]), "")
    return [
        DeskLine(
            line=line,
            number=at,
            title=title_of(line),
            goods=goods.get(line.request.pack_id),
            rows=_compared(line, page.checks),
            shut=_shut(line, user, bars),
            fewer=_fewer(line),
            outcome=_outcome(line, user),
            is_current=str(line.request.pk) == chosen,
        )
        for at, line in enumerate(page.lines, 1)
    ]


def is_on_paper(line: Line) -> bool:
    """Whether the line's class needs a prescription."""
    return line.request.supply_class in PRESCRIPTION_CLASSES


def title_of(line: Line) -> str:
    """'Baclofen 10 mg, 90 tablets'; with more than one pack '2 × 90 tablets'."""
    request = line.request
    product = request.pack.product
    strength = product.strength.replace(" ", "\u00a0")  # amount and unit stay together
    name = " ".join(part for part in (product.name, strength) if part)
    size = count_text(request.pack.size, request.pack.unit)
    return f"{name}, {size}" if request.packs_asked == 1 else f"{name}, {request.packs_asked} × {size}"


def together(checks: list[ShownCheck]) -> list[ShownCheck]:
    """Checks in order; those that ran clear with the same words about several lines are one row."""
    rows: list[ShownCheck] = []
    clear: dict[tuple[str, str], ShownCheck] = {}
    for check in checks:
        key = (check.run.rule, check.run.summary)
        if check.run.state != "ran_clear" or key not in clear:
            rows.append(check)
            if check.run.state == "ran_clear":
                clear[key] = check
        else:
            clear[key].about = ", ".join(part for part in (clear[key].about, check.about) if part)
    return rows


def _shut(line: Line, user: User, bars: dict[str, str]) -> dict[str, str]:
    own = _("You may not decide about your own order, patient or prescription.") if _is_own(line, user) else ""
    sign = bars["sign"] or own
    wanted = _("%(why)s: ask for a second check") % {"why": SAY_WHY[line.second[0]]} if line.second else ""
    shut = {
        "approve": sign or line.why_not or wanted,
        "less": sign or line.not_ready or _no_less(line),  # where two sign, fewer packs are signed by the first
        "second": sign or line.why_not,
        "substitute": sign or _no_other(line),
        "ask": bars["all"],
        "prescriber": bars["all"],
        "decline": sign,
    }
    if line.asking is not None and not line.asking.verdict:
        shut = dict.fromkeys(shut, _("This line waits for a second pharmacist."))
    return {verb: f"{why.rstrip('.')}." if why else "" for verb, why in shut.items()}


def _is_own(line: Line, user: User) -> bool:
    request, item = line.request, line.item
    owner = request.patient.owner_id if request.patient else None
    return user.pk in (request.customer_id, owner, item.prescription.prescriber.user_id if item else None)


def _no_less(line: Line) -> str:
    if line.request.packs == 1:
        return _("Less: one pack is asked for, and a pack is never opened.")
    return "" if _fewer(line) else _("Less: not one whole pack is left on this item.")


def _no_other(line: Line) -> str:
    if line.item is not None and line.item.no_substitution and not line.was_substituted:
        return _("Substitute: the prescription says that nothing else may be supplied.")
    return ""


def _fewer(line: Line) -> list[tuple[int, str]]:
    request = line.request
    a_pack = request.units / request.packs
    most = min(line.fits, request.packs - 1)
    return [(packs, number(a_pack * packs)) for packs in range(1, most + 1)]


def _compared(line: Line, checks: list[ShownCheck]) -> list[Compared]:
    item, request = line.item, line.request
    if item is None:
        return []
    product = request.pack.product
    medicine = next((one for one in checks if one.run.request_id == request.pk and one.run.rule == "medicine"), None)
    left = line.left or Decimal(0)
    over = request.units - left
    used = _("%(n)s used") % {"n": line.repeats_used}
    enough = ("ok", _("agrees")) if over <= 0 else ("serious", _("%(n)s too many") % {"n": number(over)})
    return [
        Compared(
            _("Medicine"), f"{item.substance} {item.strength}", f"{product.name} {product.strength}", *_said(medicine)
        ),
        Compared(_("Dose text"), item.dose_text, "", "", ""),
        Compared(
            _("Quantity"),
            number(item.quantity),
            number(request.units),
            *enough,
            left=_("%(n)s left") % {"n": number(left)},
        ),
        Compared(_("Repeats"), str(item.repeats), used, "ok", _("agrees")),
        _validity(item.prescription, checks, request),
    ]


def _validity(paper: Any, checks: list[ShownCheck], request: Any) -> Compared:
    run = next((one for one in checks if one.run.request_id == request.pk and one.run.rule == "validity"), None)
    until = _("to %(day)s") % {"day": date_format(paper.valid_until, "j M Y")} if paper.valid_until else _("no rule")
    return Compared(_("Valid"), _("from %(day)s") % {"day": date_format(paper.issued_on, "j M Y")}, until, *_said(run))


def _said(check: ShownCheck | None) -> tuple[str, str]:
    if check is None or check.run.state == "did_not_run":
        return "unknown", _("did not run")
    return (check.weight, _("agrees")) if check.run.state == "ran_clear" else (check.weight, check.run.summary)


def _outcome(line: Line, user: User) -> str:
    request, decision = line.request, line.decision
    if decision is not None:
        who = _("you") if decision.decided_by_id == user.pk else decision.decided_by.name
        facts = {"who": who, "at": clock_text(decision.decided_at), "packs": decision.packs}
        if decision.verdict == "declined":
            return _("Declined by %(who)s, %(at)s") % facts
        if decision.packs < request.packs_asked:
            return _("Approved %(packs)s of %(asked)s by %(who)s, %(at)s") % {**facts, "asked": request.packs_asked}
        return _("Approved by %(who)s, %(at)s") % facts
    if request.status in ("cleared", "supplied") and request.supply_class == "general_sale":
        return _("Cleared by rule")
    return "" if request.status == "waiting" else str(request.get_status_display())

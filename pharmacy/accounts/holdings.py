"""What each app keeps about a customer: given out as a copy, erased at closing, or kept because a law says.

Every app registers one `Holder` in its `holdings.py`, which its AppConfig imports at start:

    holds(Holder("orders", "Orders and payments", export=export, erase=erase, kept=kept, blocks=blocks))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pharmacy.accounts.models import User

type Copy = dict[str, Any]
type File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that stays after an account is closed: what, why (with the rule), and until when ("" unknown)."""

    what: str
    why: str
    until: str = ""


def _nothing(user: User) -> Iterable[Any]:
    return ()


@dataclass(frozen=True, slots=True)
class Holder:
    """One app's answers. `erase` joins the closing transaction; `files` yields (name in the archive, content)."""

    name: str
    title: Any
    export: Callable[[User], Copy]
    erase: Callable[..., None]
    kept: Callable[[User], Iterable[Kept]] = _nothing
    blocks: Callable[[User], Iterable[str]] = _nothing
    files: Callable[[User], Iterable[File]] = _nothing


_HOLDERS: dict[str, Holder] = {}


def holds(holder: Holder) -> Holder:
    """Register an app's answers; registering the name again replaces them."""
    _HOLDERS[holder.name] = holder
    return holder


def holders() -> list[Holder]:
    """Every app's, by name."""
    return [_HOLDERS[name] for name in sorted(_HOLDERS)]


def kept_of(user: User) -> list[Kept]:
    """Everything that would stay, of every app."""
    return [one for holder in holders() for one in holder.kept(user)]


def blocks_of(user: User) -> list[str]:
    """Why the account can't be closed today; empty when it can."""
    return [one for holder in holders() for one in holder.blocks(user)]


def files_of(user: User) -> Iterator[File]:
    """Every file that belongs to the copy."""
    for holder in holders():
        yield from holder.files(user)
